// SPDX-License-Identifier: MIT
// Owns the one-line progress display of the command-line tool.
#pragma once

#include <chrono>
#include <string>

namespace ganface::cli {

/// A progress bar on standard error: redrawn in place on a terminal, a line now and then elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(std::string title);
  ~ProgressLine();

  /// share: 0 to 1 of the work done; `details` follows bar and remaining time.
  void show(double share, const std::string& details);
  /// Ends the line, so that other output starts on a fresh one.
  void end();

 private:
  using Clock = std::chrono::steady_clock;

  const std::string title_;
  const bool terminal_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point shown_{};
  double first_share_ = -1;
  bool open_ = false;
};

}  // namespace ganface::cli
