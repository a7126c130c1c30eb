// SPDX-License-Identifier: MIT
// Owns a process beside this one that leaves it little of the processor.
#include "neighbour.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace ganface::soak {

void be_a_neighbour(int milliseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back([end] {
      while (std::chrono::steady_clock::now() < end) {
      }
    });
  for (std::thread& thread : threads) thread.join();
}

void Neighbour::start(int milliseconds) {
  stop();
  std::string time = std::to_string(milliseconds), option = "--starve", program = program_;
  char* arguments[] = {program.data(), option.data(), time.data(), nullptr};
  if (posix_spawn(&process_, program_.c_str(), nullptr, nullptr, arguments, environ) != 0)
    process_ = -1;
}

void Neighbour::stop() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

}  // namespace ganface::soak
