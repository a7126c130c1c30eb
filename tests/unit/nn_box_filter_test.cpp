// SPDX-License-Identifier: MIT
// Owns the tests of sums and means over windows of pixels.
#include "nn/kernels/box_filter.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ganface::nn {
namespace {

TEST(BlockMeans, AreLibTorchs) {
  const at::Tensor x = at::randn({2, 3, 16, 24});
  for (const int64_t by : {1, 2, 4, 8})
    EXPECT_LT((block_means(x, by) - at::avg_pool2d(x, by)).abs().max().item<float>(), 1e-6f);
}

TEST(SumAround, IsOfTheWindowInThePicture) {
  const at::Tensor x = at::randn({1, 2, 9, 11});
  const at::Tensor both = sum_around(sum_around(x, 2, 3), 3, 3);
  EXPECT_LT((both - 9 * at::avg_pool2d(x, 3, 1, 1)).abs().max().item<float>(), 1e-5f);
}

}  // namespace
}  // namespace ganface::nn
