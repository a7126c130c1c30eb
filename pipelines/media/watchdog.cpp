// SPDX-License-Identifier: MIT
// Owns the telling of a pipeline that waits for ever from one that works.
#include "media/watchdog.h"

#include <algorithm>
#include <ctime>

namespace ganface::media {
namespace {

// Looking for messages ten times a second takes a thousandth.
constexpr int kIdleShare = 50;
constexpr std::chrono::seconds kLongestLook{1};

// Of all threads. A search that takes minutes for one frame shows nothing else.
std::chrono::nanoseconds time_computed() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

bool Watchdog::is_stuck(uint64_t progress) {
  const Clock::time_point now = Clock::now();
  const std::chrono::nanoseconds computed = time_computed();
  const bool moved = !has_seen_ || progress != seen_;
  if (moved || computed - computed_ > patience_ / kIdleShare) {
    has_seen_ = true;
    seen_ = progress;
    looked_ = now;
    waited_ = {};
    computed_ = computed;
    return false;
  }
  // A process that was stopped in between, or a computer that slept, has not waited.
  waited_ += std::min<std::chrono::nanoseconds>(now - looked_, kLongestLook);
  looked_ = now;
  return waited_ > patience_;
}

}  // namespace ganface::media
