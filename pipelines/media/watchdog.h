// SPDX-License-Identifier: MIT
// Owns the telling of a pipeline that waits for ever from one that works.
#pragma once

#include <chrono>
#include <cstdint>

namespace ganface::media {

/// Sees that nothing moves any more: no count changes, and no thread of the process computes, or
/// waits for a processor that others have.
class Watchdog {
 public:
  using Clock = std::chrono::steady_clock;

  /// How long nothing moves before that counts: longer than a disk takes to wake.
  static constexpr std::chrono::seconds kPatience{10};

  explicit Watchdog(std::chrono::nanoseconds patience = kPatience) : patience_(patience) {}

  /// `progress`: a number that changes with whatever is done. Whether it has not for the patience,
  /// while the process had the processor for less than a fiftieth of that time, and no other thread
  /// was ready to have it for half of it.
  bool is_stuck(uint64_t progress);

 private:
  const std::chrono::nanoseconds patience_;
  uint64_t seen_ = 0;
  bool has_seen_ = false;
  Clock::time_point looked_{};
  std::chrono::nanoseconds waited_{};
  std::chrono::nanoseconds ready_{};  // of waited_, while another thread was ready to run
  std::chrono::nanoseconds computed_{};
};

}  // namespace ganface::media
