// SPDX-License-Identifier: MIT
#include "nn/runtime/helper_threads.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace ganface::nn {
namespace {

// How often each of `count` was worked on.
std::vector<int> work_done(int64_t count) {
  std::vector<int> done(static_cast<size_t>(count));
  in_parts(count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) ++done[static_cast<size_t>(i)];
  });
  return done;
}

TEST(HelpingThreads, DoEachPartOnce) {
  const Helped helped;
  for (const int64_t count : {0, 1, 2, 7, 16, 1001})
    for (int run = 0; run < 200; ++run)
      ASSERT_EQ(work_done(count), std::vector<int>(static_cast<size_t>(count), 1)) << count;
}

TEST(HelpingThreads, AreFoundAsleepToo) {
  const Helped helped;
  for (int run = 0; run < 20; ++run) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ASSERT_EQ(work_done(64), std::vector<int>(64, 1));
  }
}

TEST(HelpingThreads, LeaveWhoComesSecondAlone) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      const Helped helped;
      for (int run = 0; run < 500; ++run) wrong += work_done(33) != std::vector<int>(33, 1) ? 1 : 0;
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(HelpingThreads, HelpWithinTheirOwnWork) {
  const Helped helped;
  std::atomic<int64_t> sum{0};
  in_parts(8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (const int done : work_done(10)) sum += done;
  });
  EXPECT_EQ(sum, 80);
}

TEST(HelpingThreads, ThrowOnWhatAPartThrows) {
  const Helped helped;
  for (int run = 0; run < 50; ++run) {
    const auto fail_at_9 = [](int64_t begin, int64_t end) {
      if (begin <= 9 && 9 < end) throw std::runtime_error("nine");
    };
    EXPECT_THROW(in_parts(16, fail_at_9), std::runtime_error);
    // They are free for the next.
    ASSERT_EQ(work_done(33), std::vector<int>(33, 1));
  }
}

TEST(HelpingThreads, TakeParts) {
  cpu_set_t processors;
  ASSERT_EQ(sched_getaffinity(0, sizeof processors, &processors), 0);
  if (CPU_COUNT(&processors) < 2 || std::getenv("OMP_NUM_THREADS") != nullptr)
    GTEST_SKIP() << "nobody can help here";
  const Helped helped;
  std::set<std::thread::id> seen;
  std::mutex mutex;
  // A helper may be late; parts that last make it worth its while.
  for (int run = 0; run < 200 && seen.size() < 2; ++run)
    in_parts(16, [&](int64_t, int64_t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const std::lock_guard lock(mutex);
      seen.insert(std::this_thread::get_id());
    });
  EXPECT_GE(seen.size(), 2u);
}

}  // namespace
}  // namespace ganface::nn
