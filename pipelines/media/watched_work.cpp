// SPDX-License-Identifier: MIT
// Owns the watch over work that may block its own thread for ever.
#include "media/watched_work.h"

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "media/process_limits.h"
#include "media/watchdog.h"

namespace ganface::media {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{250};

struct Watched {
  const WatchedWork* work;
  Watchdog watchdog;
};

// Lives as long as the process, and so does the thread that looks at it.
struct Watch {
  std::mutex mutex;
  std::condition_variable begun;
  std::list<Watched> works;
  LeaveProcess leave = nullptr;
};

Watch& watch() {
  static Watch& everything = *new Watch;
  return everything;
}

void leave_stuck(const std::string& input, LeaveProcess leave) {
  const std::string what = "'" + input + "': GStreamer has not come back for 10 s";
  if (can_start_threads(1))
    leave((what + "; it may lack a thread that could not be started, or wait for a disk").c_str(),
          ErrorCode::kInput);
  else
    leave((what + ", since no further thread can be started; raise the limit of processes "
                  "(ulimit -u), or do less at a time")
              .c_str(),
          ErrorCode::kDevice);
}

void look() {
  std::unique_lock lock(watch().mutex);
  while (true) {
    watch().begun.wait(lock, [] { return !watch().works.empty(); });
    for (Watched& watched : watch().works)
      if (watched.watchdog.is_stuck(watched.work->steps()))
        leave_stuck(watched.work->input(), watch().leave);
    lock.unlock();
    std::this_thread::sleep_for(kBetweenLooks);
    lock.lock();
  }
}

}  // namespace

void watch_work(LeaveProcess leave) {
  watch().leave = leave;
  std::thread(look).detach();
}

WatchedWork::WatchedWork(std::string input) : input_(std::move(input)) {
  const std::lock_guard lock(watch().mutex);
  watch().works.push_back({this, Watchdog()});
  watch().begun.notify_one();
}

WatchedWork::~WatchedWork() {
  const std::lock_guard lock(watch().mutex);
  watch().works.remove_if([this](const Watched& watched) { return watched.work == this; });
}

}  // namespace ganface::media
