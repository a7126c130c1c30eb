// SPDX-License-Identifier: MIT
// Owns the telling of a pipeline that waits for ever from one that works.
#include "media/watchdog.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <memory>
#include <new>
#include <string>

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

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// Whether a thread other than this one is ready to run. On a machine with much to do it may be for
// long before it does. Without the memory to find out, it may be.
bool another_is_ready() try {
  const std::string folder = "/proc/self/task/", self = std::to_string(gettid());
  // Not by <filesystem>, whose iterator ends the process where there is no memory.
  const std::unique_ptr<DIR, CloseFolder> tasks(opendir(folder.c_str()));
  if (tasks == nullptr) return errno == ENOMEM;
  while (const dirent* task = readdir(tasks.get())) {
    const std::string name = task->d_name;
    if (name == self || name.front() == '.') continue;
    // "12 (its name) R 1 ...": R is for running and for ready to run.
    std::ifstream file(folder + name + "/stat");
    std::string line;
    std::getline(file, line);
    if (file.bad()) return true;  // no memory, or it has just ended
    const size_t name_end = line.rfind(") ");
    if (name_end != std::string::npos && line.compare(name_end + 2, 1, "R") == 0) return true;
  }
  return false;
} catch (const std::bad_alloc&) {
  return true;
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
    waited_ = ready_ = {};
    computed_ = computed;
    return false;
  }
  // A process that was stopped in between, or a computer that slept, has not waited.
  const auto looked_after = std::min<std::chrono::nanoseconds>(now - looked_, kLongestLook);
  waited_ += looked_after;
  if (another_is_ready()) ready_ += looked_after;
  looked_ = now;
  if (waited_ <= patience_) return false;
  const bool is_held_up = ready_ > waited_ / 2;
  if (is_held_up) waited_ = ready_ = {};
  return !is_held_up;
}

}  // namespace ganface::media
