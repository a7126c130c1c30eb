// SPDX-License-Identifier: MIT
// Owns the watch over a standstill, of the stream or of a call into GStreamer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace ganface::soak {

/// Ends the process with exit code 1 when nothing moves for too long, after it has said what was
/// waited for. Time in which threads of this process want to compute and get no processor is not
/// held against them, unless they have had as much of it.
class Watchdog {
 public:
  /// `most`: the longest that something may take. `explain`: said when it takes longer.
  Watchdog(std::chrono::seconds most, std::function<std::string()> explain);
  ~Watchdog();

  /// The application goes on: whatever it did before is done. `next`: what it does now.
  void step(const std::string& next);
  /// A frame came out, or frames are expected from now on, or none are.
  void moved();
  void expect_frames(bool expected);

  double longest_step_s() const;
  std::string longest_step() const;
  double longest_gap_s() const;
  std::chrono::seconds most() const { return most_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Wait {  // since something moved
    Clock::time_point begin = Clock::now();
    double processor_s = 0;  // that the process had had by then
    int idle_ticks = 0;      // at which no thread wanted to compute
  };
  void watch();
  static Wait wait_from_now();
  bool is_too_long(const Wait& wait) const;

  const std::chrono::seconds most_;
  const std::function<std::string()> explain_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  bool ends_ = false, expects_frames_ = false;
  Wait step_wait_ = wait_from_now(), frame_wait_ = wait_from_now();
  std::string step_, longest_step_;
  double longest_step_s_ = 0, longest_gap_s_ = 0;
  std::thread thread_;
};

}  // namespace ganface::soak
