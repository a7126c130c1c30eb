// SPDX-License-Identifier: MIT
// Owns what GLib, GStreamer and the elements complain about on their logs.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace ganface::soak {

/// Counts warnings, criticals and errors of GLib and everything above it, and what GStreamer logs
/// as a warning or an error, but for what an application brings about itself. One a process, made
/// after gst_init().
class Complaints {
 public:
  Complaints();

  /// Counts one more, as of the bus.
  void add(const std::string& text);
  uint64_t count() const;
  /// Whether the application stops or flushes elements at the moment, under their threads.
  void set_stopping(bool stopping) { stopping_ = stopping; }
  bool is_stopping() const { return stopping_; }
  /// The first ones, each once.
  std::vector<std::string> first() const;

 private:
  mutable std::mutex mutex_;
  uint64_t count_ = 0;
  std::atomic<bool> stopping_{false};
  std::vector<std::string> first_;
};

}  // namespace ganface::soak
