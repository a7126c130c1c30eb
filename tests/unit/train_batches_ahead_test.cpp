// SPDX-License-Identifier: MIT
// Tests of batches that are painted ahead of their use.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "train/loop/batches_ahead.h"

namespace ganface::train {
namespace {

// No GPU is touched: only the kind of device counts.
const torch::Device kGpu(torch::kCUDA, 0);

int64_t square(int64_t number) { return number * number; }

TEST(BatchesAhead, GivesEachBatchInOrderOnEitherDevice) {
  for (const torch::Device& device : {torch::Device(torch::kCPU), kGpu}) {
    BatchesAhead<int64_t> batches(
        [](int64_t number) {
          // Later ones are done first.
          std::this_thread::sleep_for(std::chrono::milliseconds(number % 2 == 0 ? 3 : 0));
          return square(number);
        },
        device);
    for (int64_t number = 5; number < 40; ++number) EXPECT_EQ(batches.take(number), square(number));
  }
}

TEST(BatchesAhead, DrawsAheadBesideAGpuAlone) {
  std::atomic<int> drawn{0};
  const auto draw = [&](int64_t number) {
    ++drawn;
    return number;
  };
  {
    BatchesAhead<int64_t> batches(draw, torch::kCPU);
    batches.take(0);
    EXPECT_EQ(drawn, 1);
  }
  drawn = 0;
  {
    BatchesAhead<int64_t> batches(draw, kGpu);
    batches.take(0);
  }
  // Its end waits for what was begun.
  EXPECT_EQ(drawn, at::get_num_threads());
}

TEST(BatchesAhead, GivesTheErrorOfABatchWhenThatIsAskedFor) {
  BatchesAhead<int64_t> batches(
      [](int64_t number) {
        if (number == 2) throw std::runtime_error("no paint");
        return number;
      },
      kGpu);
  EXPECT_EQ(batches.take(0), 0);
  EXPECT_EQ(batches.take(1), 1);
  EXPECT_THROW(batches.take(2), std::runtime_error);
}

}  // namespace
}  // namespace ganface::train
