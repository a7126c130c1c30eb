// SPDX-License-Identifier: MIT
// Owns what `ganface repair` shows while it works.
#pragma once

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include "frame_log.h"
#include "media/conversion.h"
#include "process_end.h"
#include "progress_line.h"

namespace ganface::cli {

/// Progress and notes on standard error. Any thread may call it.
class RepairDisplay {
 public:
  explicit RepairDisplay(bool quiet) : quiet_(quiet) {}

  void progress(double share, uint64_t frames, uint64_t faces) {
    if (quiet_ || frames == 0) return;
    const std::lock_guard lock(mutex_);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    char details[100];
    std::snprintf(details, sizeof details, "%llu frames  %.1f fps  %llu faces",
                  static_cast<unsigned long long>(frames),
                  static_cast<double>(frames) / std::max(seconds, 1e-3),
                  static_cast<unsigned long long>(faces));
    line_.show(share, details);
  }

  void note(const std::string& note) {
    if (!quiet_) say(note);
  }

  /// Said even when quiet.
  void say(const std::string& text) {
    const std::lock_guard lock(mutex_);
    line_.end();
    std::fprintf(stderr, "ganface: %s\n", text.c_str());
  }

  void end() {
    const std::lock_guard lock(mutex_);
    line_.end();
  }

 private:
  const bool quiet_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  ProgressLine line_{"repair"};
};

/// Shows one conversion; the command ends here when it was interrupted.
class ShownConversion : public media::ConversionObserver {
 public:
  ShownConversion(RepairDisplay& display, FrameLog& log) : display_(display), log_(log) {}

  void progressed(const media::ConversionState& state) override {
    leave_if_interrupted();
    display_.progress(state.share, state.frames, state.faces.repaired);
  }
  void reported(const GstStructure* report) override { log_.add(report); }
  void noted(const std::string& note) override { display_.note(note); }

 private:
  RepairDisplay& display_;
  FrameLog& log_;
};

}  // namespace ganface::cli
