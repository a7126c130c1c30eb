// SPDX-License-Identifier: MIT
// Owns what the system lets one process have.
#include "media/process_limits.h"

#include <fcntl.h>
#include <ganface/error.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <future>
#include <thread>
#include <vector>

namespace ganface::media {
namespace {

// Of a pipeline: its source, its queues, and those of the repair.
constexpr int kThreads = 12;
// That a repair has open at most: IN, OUT, the lock on OUT, and the pipes and timers of its bus and
// clock.
constexpr int kFiles = 17;

// The soft limit is for programs that use select(); nothing here does.
void raise_limit_of_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Of `wanted` further threads, how many can be started.
int startable_threads(int wanted) {
  std::promise<void> all_are_there;
  const std::shared_future<void> leave = all_are_there.get_future().share();
  std::vector<std::thread> threads;
  try {
    while (static_cast<int>(threads.size()) < wanted)
      threads.emplace_back([leave] { leave.wait(); });
  } catch (const std::exception&) {
    // As many as there are, and as there is memory for.
  }
  all_are_there.set_value();
  for (std::thread& thread : threads) thread.join();
  return static_cast<int>(threads.size());
}

// Of `wanted` further files, how many can be opened.
int openable_files(int wanted) {
  std::vector<int> files;
  while (static_cast<int>(files.size()) < wanted) {
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file < 0) break;
    files.push_back(file);
  }
  for (const int file : files) ::close(file);
  return static_cast<int>(files.size());
}

}  // namespace

bool can_start_threads(int count) { return startable_threads(count) == count; }

void throw_no_files_left(const std::string& input) {
  throw Error(ErrorCode::kDevice, "'" + input +
                                      "': no further file can be opened; raise the limit of open "
                                      "files (ulimit -n)");
}

int conversions_at_a_time(int wanted, const std::string& input) {
  raise_limit_of_files();
  const int by_threads = startable_threads(wanted * kThreads) / kThreads;
  if (by_threads == 0)
    throw Error(ErrorCode::kDevice, "'" + input + "': the " + std::to_string(kThreads) +
                                        " threads that a repair takes cannot be started; raise "
                                        "the limit of processes (ulimit -u)");
  const int by_files = openable_files(wanted * kFiles) / kFiles;
  if (by_files == 0) throw_no_files_left(input);
  return std::min({wanted, by_threads, by_files});
}

}  // namespace ganface::media
