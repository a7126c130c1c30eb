// SPDX-License-Identifier: MIT
// Owns the telling of a pipeline that waits for ever from one that works.
#include "media/watchdog.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

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

bool can_start_threads(int count) {
  std::promise<void> all_are_there;
  const std::shared_future<void> leave = all_are_there.get_future().share();
  std::vector<std::thread> threads;
  bool can = true;
  try {
    while (static_cast<int>(threads.size()) < count)
      threads.emplace_back([leave] { leave.wait(); });
  } catch (const std::system_error&) {
    can = false;
  }
  all_are_there.set_value();
  for (std::thread& thread : threads) thread.join();
  return can;
}

bool can_open_files(int count) {
  std::vector<int> files;
  while (static_cast<int>(files.size()) < count) {
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file < 0) break;
    files.push_back(file);
  }
  for (const int file : files) ::close(file);
  return static_cast<int>(files.size()) == count;
}

}  // namespace ganface::media
