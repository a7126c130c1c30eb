// SPDX-License-Identifier: MIT
// Owns the unit tests of the Winograd forms.
#include "nn/kernels/winograd.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>
#include <tuple>
#include <vector>

#include "nn/kernels/winograd_3x3.h"
#include "nn/layers/prepared_convolution.h"
#include "nn/runtime/device.h"

namespace ganface::nn::winograd {
namespace {

constexpr auto kFloat = torch::kFloat32;

double inner_product(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(torch::kFloat64) * b.to(torch::kFloat64)).sum().item<double>();
}

// Sums of some 10^4 float32 products that partly cancel: the error is far below 1e-5 of the sum of
// the absolute products.
void expect_adjoint(const at::Tensor& mapped, const at::Tensor& y, const at::Tensor& x,
                    const at::Tensor& mapped_back) {
  ASSERT_EQ(mapped.sizes(), y.sizes());
  ASSERT_EQ(x.sizes(), mapped_back.sizes());
  const double scale = inner_product(mapped.abs(), y.abs());
  EXPECT_NEAR(inner_product(mapped, y), inner_product(x, mapped_back), 1e-5 * scale);
}

// Tile side, channels.
class WinogradMaps : public ::testing::TestWithParam<std::tuple<int, int64_t>> {
 protected:
  void SetUp() override { torch::manual_seed(3); }
  int m_ = std::get<0>(GetParam());
  int64_t channels_ = std::get<1>(GetParam());
};

TEST_P(WinogradMaps, FromTilesIsTheTransposeOfToTiles) {
  const at::Tensor wide = at::randn({3, channels_, 16, 8});
  const at::Tensor tiles = to_tiles(wide, m_, kFloat);
  const at::Tensor other = at::randn(tiles.sizes());
  expect_adjoint(tiles, other, wide, from_tiles(other, m_, wide.sizes()));
}

TEST_P(WinogradMaps, ScatterOutputsIsTheTransposeOfGatherOutputs) {
  const at::Tensor narrow = at::randn({3, channels_, 8, 4});
  const at::Tensor products = scatter_outputs(narrow, m_, kFloat);
  const at::Tensor other = at::randn(products.sizes());
  expect_adjoint(products, other, narrow, gather_outputs(other, m_, narrow.sizes()));
}

TEST_P(WinogradMaps, KernelAdjointIsTheTransposeOfTransformKernel) {
  const at::Tensor weight = at::randn({5, channels_, 4, 4});
  const at::Tensor transformed = transform_kernel(weight, m_, kFloat);
  const at::Tensor other = at::randn(transformed.sizes());
  expect_adjoint(transformed, other, weight, transform_kernel_adjoint(other, m_));
}

TEST_P(WinogradMaps, HaveTheDocumentedShapes) {
  const int64_t points = (m_ + 1) * (m_ + 1), tiles = 3 * (8 / m_) * (4 / m_);
  EXPECT_EQ(to_tiles(at::zeros({3, channels_, 16, 8}), m_, kFloat).sizes(),
            at::IntArrayRef({points, tiles, 4 * channels_}));
  EXPECT_EQ(scatter_outputs(at::zeros({3, channels_, 8, 4}), m_, kFloat).sizes(),
            at::IntArrayRef({points, tiles, channels_}));
  EXPECT_EQ(transform_kernel(at::zeros({5, channels_, 4, 4}), m_, kFloat).sizes(),
            at::IntArrayRef({points, 5, 4 * channels_}));
}

// Every element of the bfloat16 maps is the float32 map's, rounded once: to the nearest, ties to
// even, as LibTorch rounds.
TEST_P(WinogradMaps, RoundToBfloat16AsLibTorchDoes) {
  const auto type = torch::kBFloat16;
  const at::Tensor wide = at::randn({3, channels_, 16, 8}),
                   weight = at::randn({5, channels_, 4, 4});
  EXPECT_TRUE(at::equal(to_tiles(wide, m_, type), to_tiles(wide, m_, kFloat).to(type)));
  EXPECT_TRUE(
      at::equal(transform_kernel(weight, m_, type), transform_kernel(weight, m_, kFloat).to(type)));
  const at::Tensor products = scatter_outputs(wide, m_, type);
  EXPECT_TRUE(at::equal(products, scatter_outputs(wide, m_, kFloat).to(type)));
  EXPECT_TRUE(at::equal(gather_outputs(products, m_, wide.sizes()),
                        gather_outputs(products.to(kFloat), m_, wide.sizes())));
}

TEST_P(WinogradMaps, KeepInfinityAndNotANumberInBfloat16) {
  at::Tensor narrow = at::zeros({1, channels_, 4, 4});
  narrow[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(at::isnan(scatter_outputs(narrow, m_, torch::kBFloat16)[0][0][0]).item<bool>());
  narrow[0][0][0][0] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(at::isinf(scatter_outputs(narrow, m_, torch::kBFloat16)[0][0][0]).item<bool>());
}

// 32 channels fill a strip; 3, 20 and 45 leave a part of one.
INSTANTIATE_TEST_SUITE_P(TilesAndChannels, WinogradMaps,
                         ::testing::Combine(::testing::Values(2, 4),
                                            ::testing::Values(3, 20, 32, 45)));

TEST_P(WinogradMaps, RefuseWhatIsNotWholeTiles) {
  const int64_t c = channels_;
  EXPECT_THROW(to_tiles(at::zeros({1, c, 16, 18}), m_, kFloat), c10::Error);
  EXPECT_THROW(to_tiles(at::zeros({1, c, 10, 16}), 4, kFloat), c10::Error);
  EXPECT_THROW(to_tiles(at::zeros({c, 16, 16}), m_, kFloat), c10::Error);
  EXPECT_THROW(to_tiles(at::zeros({1, c, 16, 16}, torch::kFloat64), m_, kFloat), c10::Error);
  EXPECT_THROW(to_tiles(at::zeros({1, c, 16, 16}), m_, torch::kFloat64), c10::Error);
  EXPECT_THROW(to_tiles(at::zeros({1, c, 16, 16}), 3, kFloat), c10::Error);
  EXPECT_THROW(scatter_outputs(at::zeros({1, c, 8, 9}), m_, kFloat), c10::Error);
}

TEST_P(WinogradMaps, RefuseTilesOfAnotherPicture) {
  const at::Tensor tiles = to_tiles(at::zeros({2, channels_, 16, 8}), m_, kFloat);
  EXPECT_THROW(from_tiles(tiles, m_, {2, channels_, 16, 16}), c10::Error);
  EXPECT_THROW(from_tiles(tiles, m_, {3, channels_, 16, 8}), c10::Error);
  EXPECT_THROW(from_tiles(tiles, m_, {2, channels_ + 1, 16, 8}), c10::Error);
  EXPECT_THROW(from_tiles(tiles, 6 - m_, {2, channels_, 16, 8}), c10::Error);
  EXPECT_THROW(from_tiles(tiles, 0, {2, channels_, 16, 8}), c10::Error);
  const at::Tensor products = scatter_outputs(at::zeros({2, channels_, 8, 4}), m_, kFloat);
  EXPECT_THROW(gather_outputs(products, m_, {2, channels_, 8, 8}), c10::Error);
  EXPECT_THROW(gather_outputs(products, m_, {2, channels_ - 1, 8, 4}), c10::Error);
  EXPECT_THROW(gather_outputs(products[0], m_, {2, channels_, 8, 4}), c10::Error);
}

TEST_P(WinogradMaps, RefuseOtherKernels) {
  EXPECT_THROW(transform_kernel(at::zeros({5, channels_, 3, 3}), m_, kFloat), c10::Error);
  EXPECT_THROW(transform_kernel(at::zeros({channels_, 4, 4}), m_, kFloat), c10::Error);
  const at::Tensor transformed = transform_kernel(at::zeros({5, channels_, 4, 4}), m_, kFloat);
  EXPECT_THROW(transform_kernel_adjoint(transformed.slice(0, 1), m_), c10::Error);
  EXPECT_THROW(transform_kernel_adjoint(transformed.slice(2, 1), m_), c10::Error);
}

// The strides of what comes do not matter: it is read in order.
TEST_P(WinogradMaps, TakeTilesInAnyOrderInMemory) {
  const at::Tensor products = scatter_outputs(at::randn({2, channels_, 8, 4}), m_, kFloat);
  const at::Tensor reordered = products.transpose(1, 2).contiguous().transpose(1, 2);
  ASSERT_FALSE(reordered.is_contiguous());
  const std::vector<int64_t> shape{2, channels_, 8, 4};
  EXPECT_TRUE(at::equal(gather_outputs(reordered, m_, shape), gather_outputs(products, m_, shape)));
}

TEST(TileSide, IsTheLargestThatDividesBothSides) {
  EXPECT_EQ(tile_side(8, 4), 4);
  EXPECT_EQ(tile_side(4, 6), 2);
  EXPECT_EQ(tile_side(2, 2), 2);
  EXPECT_EQ(tile_side(4, 3), 0);
}

// Channels in and out, images, height, width: whole tiles, tiles that stick out, panels that are
// not full.
using Shape3x3 = std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t>;
class WinogradConvolution3x3 : public ::testing::TestWithParam<std::tuple<Tile, Shape3x3>> {
 protected:
  void SetUp() override {
    const auto [in, out, images, height, width] = std::get<1>(GetParam());
    torch::manual_seed(4);
    x_ = at::randn({images, in, height, width});
    weight_ = at::randn({out, in, 3, 3});
    bias_ = at::randn({out});
  }
  // With and without a bias and what follows it.
  template <typename Expect>
  void expect_plain(torch::ScalarType type, const Expect& expect_like) {
    const Tile tile = std::get<0>(GetParam());
    const at::Tensor x = x_.to(type), weight = weight_.to(type), bias = bias_.to(type);
    const auto exact = [](const at::Tensor& own) { return own.to(torch::kFloat32); };
    const at::Tensor plain = at::conv2d(exact(x), exact(weight), exact(bias), 1, 1);
    for (const bool relu : {false, true})
      expect_like(Convolution3x3(tile, weight, bias, relu)(x), relu ? at::relu(plain) : plain);
    expect_like(Convolution3x3(tile, weight, {}, false)(x),
                at::conv2d(exact(x), exact(weight), {}, 1, 1));
  }
  at::Tensor x_, weight_, bias_;
};

TEST_P(WinogradConvolution3x3, IsThePlainConvolution) {
  expect_plain(torch::kFloat32, [](const at::Tensor& result, const at::Tensor& plain) {
    ASSERT_EQ(result.sizes(), plain.sizes());
    EXPECT_TRUE(result.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_LT((result - plain).abs().max().item<float>(), 3e-5f * plain.std().item<float>());
  });
}

TEST_P(WinogradConvolution3x3, IsNearlyThePlainConvolutionInBfloat16) {
  if (!has_bfloat16_lanes()) GTEST_SKIP() << "no AVX512-BF16 here";
  const double most = std::get<0>(GetParam()) == Tile::k2 ? 0.006 : 0.016;
  expect_plain(torch::kBFloat16, [&](const at::Tensor& result, const at::Tensor& plain) {
    ASSERT_EQ(result.scalar_type(), torch::kBFloat16);
    EXPECT_LT((result - plain).norm().item<double>(), most * plain.norm().item<double>());
  });
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, WinogradConvolution3x3,
    ::testing::Combine(::testing::Values(Tile::k2, Tile::k4),
                       ::testing::Values(Shape3x3{32, 64, 1, 8, 8}, Shape3x3{40, 24, 2, 8, 12},
                                         Shape3x3{8, 16, 2, 7, 10}, Shape3x3{16, 48, 1, 1, 3})));

TEST(WinogradConvolution3x3, IsWhatAPreparedConvolutionRuns) {
  torch::NoGradGuard no_gradient;
  torch::manual_seed(5);
  const at::Tensor x = at::randn({1, 104, 16, 16}), weight = at::randn({96, 104, 3, 3});
  const at::Tensor bias = at::randn({96}) * 30;
  for (const auto then : {PreparedConvolution::Then::kNothing, PreparedConvolution::Then::kRelu}) {
    const auto result = [&](ConvolutionForm form) {
      return PreparedConvolution(weight, bias, 1, 1, then, form)(x);
    };
    const at::Tensor plain = result(ConvolutionForm::kSubpixel);
    const at::Tensor own = result(ConvolutionForm::kWinograd);
    EXPECT_LT((own - plain).abs().max().item<float>(), 1e-4f * plain.std().item<float>());
    EXPECT_FALSE(at::equal(own, plain)) << "rounding tells the forms apart";
  }
}

TEST(WinogradConvolution3x3, RefusesWhatItsKernelIsNotFor) {
  const auto kernel = [](at::IntArrayRef sizes) { return at::ones(sizes); };
  for (const Tile tile : {Tile::k2, Tile::k4}) {
    EXPECT_THROW(Convolution3x3(tile, kernel({16, 12, 3, 3}), {}, false), c10::Error);
    EXPECT_THROW(Convolution3x3(tile, kernel({12, 16, 3, 3}), {}, false), c10::Error);
    EXPECT_THROW(Convolution3x3(tile, kernel({16, 16, 4, 4}), {}, false), c10::Error);
    EXPECT_THROW(Convolution3x3(tile, kernel({16, 16, 3, 3}), kernel({8}), false), c10::Error);
    const Convolution3x3 convolution(tile, kernel({24, 16, 3, 3}), {}, false);
    EXPECT_EQ(convolution(kernel({1, 16, 5, 5})).sizes(), at::IntArrayRef({1, 24, 5, 5}));
    EXPECT_THROW(convolution(kernel({1, 8, 5, 5})), c10::Error);
    EXPECT_THROW(convolution(kernel({1, 24, 5, 5})), c10::Error);
    EXPECT_THROW(convolution(kernel({16, 5, 5})), c10::Error);
    EXPECT_THROW(convolution(kernel({1, 16, 5, 5}).to(torch::kBFloat16)), c10::Error);
  }
}

TEST(WinogradConvolution3x3, SuitsManyTilesAndChannels) {
  EXPECT_EQ(Convolution3x3::suitable_tile(torch::kFloat32, 128, 128, 32, 32), Tile::k4);
  EXPECT_EQ(Convolution3x3::suitable_tile(torch::kFloat32, 256, 256, 8, 8), Tile::k2);
  EXPECT_EQ(Convolution3x3::suitable_tile(torch::kFloat32, 256, 256, 4, 4), std::nullopt);
  EXPECT_EQ(Convolution3x3::suitable_tile(torch::kFloat32, 3, 128, 32, 32), std::nullopt);
  EXPECT_EQ(Convolution3x3::suitable_tile(torch::kFloat32, 128, 5, 32, 32), std::nullopt);
  EXPECT_EQ(Convolution3x3::suitable_tile(torch::kFloat64, 128, 128, 32, 32), std::nullopt);
  EXPECT_EQ(Convolution3x3::suitable_tile(torch::kBFloat16, 128, 128, 32, 32).has_value(),
            has_bfloat16_lanes());
}

}  // namespace
}  // namespace ganface::nn::winograd
