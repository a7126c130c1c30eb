// SPDX-License-Identifier: MIT
// Owns the tests of products with matrices that no longer change.
#include "gan/packed_product.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <tuple>

namespace ganface::gan {
namespace {

// Rows and columns: whole blocks, parts of them, a last panel of half the columns.
class PackedProduct : public ::testing::TestWithParam<std::tuple<int64_t, int64_t>> {};

TEST_P(PackedProduct, IsThePlainProduct) {
  const auto [rows, columns] = GetParam();
  constexpr int64_t kCount = 3, kDepth = 11;
  torch::manual_seed(6);
  const at::Tensor a = at::randn({kCount, rows, kDepth});
  const at::Tensor matrices = at::randn({kCount, kDepth, columns});
  // Each of the products lies apart from the last, and what is between stays.
  const at::Tensor room = at::full({kCount, rows * columns + 5}, 7.f);
  const at::Tensor product = room.slice(1, 0, rows * columns).view({kCount, rows, columns});
  PackedMatrices(matrices).left_times(a, product);
  const at::Tensor expected = at::bmm(a.to(torch::kDouble), matrices.to(torch::kDouble));
  EXPECT_LT((product - expected).abs().max().item<double>(), 1e-5);
  EXPECT_TRUE(at::equal(room.slice(1, rows * columns), at::full({kCount, 5}, 7.f)));
}

INSTANTIATE_TEST_SUITE_P(Sizes, PackedProduct,
                         ::testing::Combine(::testing::Values(1, 2, 3, 4, 5, 6, 7, 16),
                                            ::testing::Values(8, 16, 24, 64)));

TEST(PackedMatrices, RefuseColumnsThatFillNoVector) {
  EXPECT_THROW(PackedMatrices(at::zeros({1, 4, 12})), c10::Error);
}

}  // namespace
}  // namespace ganface::gan
