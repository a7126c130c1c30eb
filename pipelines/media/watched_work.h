// SPDX-License-Identifier: MIT
// Owns the watch over work that may block its own thread for ever.
#pragma once

#include <ganface/error.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace ganface::media {

/// Ends the process after saying why. It allocates nothing, and does not return.
using LeaveProcess = void (*)(const char* why, ErrorCode code);

/// Starts the thread that looks at all WatchedWork, once a process. A GStreamer that could not
/// start a thread waits for it in changes of state and in the last unref, from which nobody can
/// call it back, so that the process ends through `leave`. Throws std::system_error.
void watch_work(LeaveProcess leave);

/// Work of the calling thread that is to go on until it is destroyed.
class WatchedWork {
 public:
  /// `input`: what is worked on, for the message.
  explicit WatchedWork(std::string input);
  ~WatchedWork();
  WatchedWork(const WatchedWork&) = delete;
  WatchedWork& operator=(const WatchedWork&) = delete;

  /// The thread is not blocked now.
  void goes_on() { ++steps_; }
  uint64_t steps() const { return steps_; }
  const std::string& input() const { return input_; }

 private:
  const std::string input_;
  std::atomic<uint64_t> steps_{0};
};

}  // namespace ganface::media
