// SPDX-License-Identifier: MIT
// Owns the watch over a standstill, of the stream or of a call into GStreamer.
#include "watchdog.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace ganface::soak {
namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Of the whole process.
double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Whether a thread other than this one computes, or would if there were a processor.
bool wants_to_compute() {
  const std::string own = std::to_string(gettid());
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    if (task.path().filename() == own) continue;
    std::ifstream file(task.path() / "stat");
    std::string line;
    std::getline(file, line);
    // "ID (NAME) STATE": a name may hold anything.
    const size_t end = line.rfind(')');
    if (end != std::string::npos && end + 2 < line.size() &&
        (line[end + 2] == 'R' || line[end + 2] == 'D'))
      return true;
  }
  return false;
}

}  // namespace

Watchdog::Wait Watchdog::wait_from_now() { return {Clock::now(), processor_seconds(), 0}; }

bool Watchdog::is_too_long(const Wait& wait) const {
  const auto most = static_cast<double>(most_.count());
  return seconds_since(wait.begin) > most &&
         (wait.idle_ticks > most / 2 || processor_seconds() - wait.processor_s > most);
}

Watchdog::Watchdog(std::chrono::seconds most, std::function<std::string()> explain)
    : most_(most), explain_(std::move(explain)), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ends_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void Watchdog::step(const std::string& next) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const double taken = seconds_since(step_wait_.begin);
      taken > longest_step_s_ && !step_.empty()) {
    longest_step_s_ = taken;
    longest_step_ = step_;
  }
  step_wait_ = wait_from_now();
  step_ = next;
}

void Watchdog::moved() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (expects_frames_) longest_gap_s_ = std::max(longest_gap_s_, seconds_since(frame_wait_.begin));
  frame_wait_ = wait_from_now();
}

void Watchdog::expect_frames(bool expected) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (expected && !expects_frames_) frame_wait_ = wait_from_now();
  expects_frames_ = expected;
}

double Watchdog::longest_step_s() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return longest_step_s_;
}

std::string Watchdog::longest_step() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return longest_step_;
}

double Watchdog::longest_gap_s() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return longest_gap_s_;
}

void Watchdog::watch() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!woken_.wait_for(lock, std::chrono::seconds(1), [this] { return ends_; })) {
    if (!wants_to_compute()) {
      ++step_wait_.idle_ticks;
      ++frame_wait_.idle_ticks;
    }
    const bool stuck = is_too_long(step_wait_);
    if (!stuck && !(expects_frames_ && is_too_long(frame_wait_))) continue;
    const Wait& wait = stuck ? step_wait_ : frame_wait_;
    std::printf("FAIL: %s for %.0f s, %.0f s of them idle, %.0f s of a processor used: %s\n%s\n",
                stuck ? "the application waits" : "no frame comes out", seconds_since(wait.begin),
                static_cast<double>(wait.idle_ticks), processor_seconds() - wait.processor_s,
                step_.c_str(), explain_().c_str());
    std::fflush(stdout);
    // Where each thread stands, on a machine with a debugger.
    const std::string debugger =
        "gdb -p " + std::to_string(getpid()) + " -batch -ex 'thread apply all bt 40' 2>/dev/null";
    if (std::system(debugger.c_str()) != 0) std::puts("install gdb for the threads' stacks");
    std::fflush(stdout);
    // What hangs would hang in an orderly end too.
    std::_Exit(1);
  }
}

}  // namespace ganface::soak
