// SPDX-License-Identifier: MIT
// Owns the tests of products with matrices that no longer change.
#include "nn/kernels/packed_product.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <tuple>

#include "nn/runtime/device.h"

namespace ganface::nn {
namespace {

// Type; rows and columns, in eights: whole blocks, parts of them, panels and vectors that are not
// full.
class PackedProduct
    : public ::testing::TestWithParam<std::tuple<torch::ScalarType, int64_t, int64_t>> {};

TEST_P(PackedProduct, IsThePlainProduct) {
  const auto [type, rows, eights] = GetParam();
  if (type == torch::kBFloat16 && !has_bfloat16_lanes()) GTEST_SKIP() << "no AVX512-BF16 here";
  constexpr int64_t kCount = 3, kDepth = 14;
  const int64_t columns = eights * PackedMatrices::kGranularity;
  torch::manual_seed(6);
  const at::Tensor a = at::randn({kCount, rows, kDepth}).to(type);
  const at::Tensor matrices = at::randn({kCount, kDepth, columns}).to(type);
  // Each of the products lies apart from the last, and what is between stays.
  const PackedMatrices packed(matrices);
  const int64_t all = packed.columns(), zeros = all - columns;
  EXPECT_EQ(zeros, type == torch::kBFloat16 ? columns % 16 : 0);
  const at::Tensor room = at::full({kCount, rows * all + 5}, 7.f);
  const at::Tensor product = room.slice(1, 0, rows * all).view({kCount, rows, all});
  packed.left_times(a, product);
  const at::Tensor expected =
      at::constant_pad_nd(at::bmm(a.to(torch::kDouble), matrices.to(torch::kDouble)), {0, zeros});
  EXPECT_LT((product - expected).abs().max().item<double>(), 1e-5);
  EXPECT_TRUE(at::equal(room.slice(1, rows * all), at::full({kCount, 5}, 7.f)));
}

INSTANTIATE_TEST_SUITE_P(Sizes, PackedProduct,
                         ::testing::Combine(::testing::Values(torch::kFloat32, torch::kBFloat16),
                                            ::testing::Values(1, 2, 3, 4, 5, 6, 7, 16),
                                            ::testing::Values(1, 2, 3, 4, 9, 18)));

TEST(PackedMatrices, RefuseColumnsThatFillNoVector) {
  EXPECT_THROW(PackedMatrices(at::zeros({1, 4, 12})), c10::Error);
}

TEST(PackedMatrices, RefuseAnOddNumberOfRowsInBfloat16) {
  EXPECT_THROW(PackedMatrices(at::zeros({1, 5, 16}, torch::kBFloat16)), c10::Error);
}

TEST(PackedMatrices, RefuseAnotherTypeOrShape) {
  EXPECT_THROW(PackedMatrices(at::zeros({1, 4, 16}, torch::kFloat64)), c10::Error);
  EXPECT_THROW(PackedMatrices(at::zeros({4, 16})), c10::Error);
  EXPECT_THROW(PackedMatrices(at::zeros({1, 4, 0})), c10::Error);
}

// Factors and targets that would be read or written past their end, or in the wrong places.
class RefusedFactors : public ::testing::TestWithParam<torch::ScalarType> {
 protected:
  void SetUp() override {
    if (GetParam() == torch::kBFloat16 && !has_bfloat16_lanes())
      GTEST_SKIP() << "no AVX512-BF16 here";
  }
};

TEST_P(RefusedFactors, AreThoseOfOtherSizesStridesOrTypes) {
  const auto type = GetParam();
  const PackedMatrices packed(at::ones({2, 6, 16}, type));
  const auto factor = [&](at::IntArrayRef sizes) { return at::ones(sizes, type); };
  const at::Tensor fits = factor({2, 3, 6}), target = at::zeros({2, 3, 16});
  packed.left_times(fits, target);
  EXPECT_TRUE(at::equal(target, at::full({2, 3, 16}, 6.f)));
  const auto refuses = [&](const at::Tensor& a, const at::Tensor& product) {
    EXPECT_THROW(packed.left_times(a, product), c10::Error)
        << a.sizes() << " " << a.strides() << ", " << product.sizes() << " " << product.strides();
  };
  refuses(factor({2, 3, 4}), target);  // such was the aligner's, of a window that was too small
  refuses(factor({2, 3, 8}), target);
  refuses(factor({1, 3, 6}), target);
  refuses(factor({3, 3, 6}), target);
  refuses(factor({2, 2, 6}), target);
  refuses(factor({3, 6}), target);
  refuses(factor({2, 6, 3}).transpose(1, 2), target);
  refuses(factor({2, 3, 7}).slice(2, 0, 6), target);
  refuses(fits.to(torch::kFloat64), target);
  refuses(fits, at::zeros({2, 3, 8}));
  refuses(fits, at::zeros({2, 4, 16}));
  refuses(fits, at::zeros({1, 3, 16}));
  refuses(fits, at::zeros({2, 3, 17}).slice(2, 0, 16));
  refuses(fits, at::zeros({2, 3, 16}, torch::kBFloat16));
}

INSTANTIATE_TEST_SUITE_P(Types, RefusedFactors,
                         ::testing::Values(torch::kFloat32, torch::kBFloat16));

}  // namespace
}  // namespace ganface::nn
