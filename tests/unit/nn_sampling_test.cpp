// SPDX-License-Identifier: MIT
// Owns the tests of values between pixels.
#include "nn/kernels/sampling.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

namespace ganface::nn {
namespace {

class SampledPictures : public ::testing::TestWithParam<std::tuple<Sampling, int64_t>> {};

// Places inside, on the border, just outside and far off.
TEST_P(SampledPictures, AreWhatLibTorchSamples) {
  const auto [sampling, channels] = GetParam();
  torch::manual_seed(8);
  const at::Tensor picture = at::randn({2, channels, 9, 9});
  at::Tensor places = at::randn({2, 2, 7, 5}) * 0.9;
  places[0][0][0][0] = 40;
  places[0][1][1][1] = -300;
  places[1].select(1, 3).fill_(-1);
  const at::Tensor with_gradient = places.clone().requires_grad_();
  const at::Tensor expected = sampled(picture, with_gradient, sampling);
  ASSERT_TRUE(expected.requires_grad()) << "LibTorch's own";
  const at::Tensor result = sampled(picture, places, sampling);
  ASSERT_EQ(result.sizes(), expected.sizes());
  EXPECT_LT((result - expected).abs().max().item<float>(), 2e-5f);
}

INSTANTIATE_TEST_SUITE_P(Ways, SampledPictures,
                         ::testing::Combine(::testing::Values(Sampling::kBilinear,
                                                              Sampling::kBicubic),
                                            ::testing::Values(1, 3, 4, 5)));

TEST(Sampled, KeepsAPictureAtItsPixels) {
  const at::Tensor picture = at::randn({2, 4, 6, 6});
  for (const Sampling sampling : {Sampling::kBilinear, Sampling::kBicubic})
    EXPECT_LT(
        (sampled(picture, pixel_centres(6, picture), sampling) - picture).abs().max().item<float>(),
        1e-5f);
}

TEST(Sampled, IsNothingWhereThePlaceIsNoNumber) {
  at::Tensor places = at::zeros({1, 2, 1, 2});
  places[0][0][0][0] = std::nanf("");
  const at::Tensor result = sampled(at::ones({1, 3, 4, 4}), places, Sampling::kBicubic);
  EXPECT_EQ(result[0][0][0][0].item<float>(), 0);
  EXPECT_NEAR(result[0][0][0][1].item<float>(), 1, 1e-6);
}

TEST(Sampled, RefusesPicturesThatAreNotSquareAndPlacesOfOtherPictures) {
  const auto refuses = [](at::IntArrayRef picture, at::IntArrayRef places) {
    EXPECT_THROW(sampled(at::zeros(picture), at::zeros(places), Sampling::kBilinear), c10::Error)
        << picture << " " << places;
  };
  EXPECT_EQ(sampled(at::zeros({3, 4, 6, 6}), at::zeros({1, 2, 5, 7}), Sampling::kBilinear).sizes(),
            at::IntArrayRef({3, 4, 5, 7}));
  refuses({3, 4, 6, 1}, {1, 2, 5, 7});
  refuses({3, 4, 6, 7}, {1, 2, 5, 7});
  refuses({3, 4, 6, 6}, {2, 2, 5, 7});
  refuses({3, 4, 6, 6}, {3, 1, 5, 7});
  refuses({3, 4, 6, 6}, {3, 2, 5});
}

}  // namespace
}  // namespace ganface::nn
