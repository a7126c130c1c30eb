// SPDX-License-Identifier: MIT
// Tests of the bands of detail of pictures.
#include "nn/layers/frequency_bands.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ganface::nn {
namespace {

constexpr int64_t kSide = 32;

// From -1 to 1 along an axis of [1, 1, S, S].
at::Tensor slope(int64_t axis) {
  at::Tensor line = at::linspace(-1, 1, kSide);
  line = axis == 3 ? line.view({1, kSide}) : line.view({kSide, 1});
  return line.expand({1, 1, kSide, kSide}).contiguous();
}

// ±1 in turns of `width` pixels along rows and columns.
at::Tensor board(int64_t width) {
  const at::Tensor numbers = at::arange(kSide).floor_divide(width);
  return ((numbers.view({kSide, 1}) + numbers).remainder(2) * 2 - 1)
      .to(at::kFloat)
      .view({1, 1, kSide, kSide});
}

double largest(const at::Tensor& x) { return x.abs().max().item<double>(); }

TEST(FrequencyBands, EachTakesWhatIsOfItsSizeAndLeavesWhatIsCoarser) {
  const at::Tensor fine = board(1), next = board(2);
  const auto inside = [](const at::Tensor& x) { return x.slice(2, 8, -8).slice(3, 8, -8); };
  EXPECT_LT(largest(inside(without_band(fine, 0))), 1e-6);
  EXPECT_LT(largest(inside(without_band(next, 1))), 1e-6);
  EXPECT_NEAR(largest(inside(without_band(fine, 1))), 1, 1e-6);
  EXPECT_GT(inside(without_band(next, 0)).square().mean().item<double>(), 0.05);
  EXPECT_LT(largest(inside(without_bands(fine + next, 2))), 1e-6);
  EXPECT_LT(largest(inside(without_bands(slope(2) + slope(3), 2) - slope(2) - slope(3))), 1e-5);
  EXPECT_LT(largest(without_bands(at::full({2, 3, 9, 7}, 0.4), 3) - 0.4), 1e-6);
  EXPECT_TRUE(without_bands(fine, 0).equal(fine));
}

// ±1 in turns along an axis of [1, 1, S, S].
at::Tensor stripes(int64_t axis) {
  at::Tensor line = at::arange(kSide).remainder(2) * 2 - 1;
  line = axis == 3 ? line.view({1, kSide}) : line.view({kSide, 1});
  return line.to(at::kFloat).expand({1, 1, kSide, kSide}).contiguous();
}

TEST(Mesh, GoesFromTheHoleAloneAndNothingElseDoes) {
  const at::Tensor x = slope(3), y = slope(2);
  at::Tensor hole = at::zeros({1, 1, kSide, kSide});
  hole.slice(2, 8, 24).slice(3, 5, kSide).fill_(1);
  const at::Tensor smooth = at::cat({0.5 * x, (3 * x + 2 * y).sin(), 0.3 + 0.2 * x * y}, 1);
  for (const at::Tensor& mesh : {board(1), stripes(2), stripes(3), stripes(2) * (4 * x).sin()}) {
    const at::Tensor rest = without_mesh(smooth + 0.2 * mesh, hole);
    EXPECT_LT(largest((rest - smooth) * hole), 0.05);
    EXPECT_LT(largest((rest - smooth - 0.2 * mesh) * (1 - hole)), 1e-6);
  }
  // An edge is none, nor is a line.
  for (const at::Tensor& drawn :
       {(x > 0.3).to(at::kFloat), ((x - 0.3).abs() < 0.05).to(at::kFloat)})
    EXPECT_LT((without_mesh(drawn, at::ones_like(hole)) - drawn).square().mean().item<double>(),
              0.15 * (drawn - drawn.mean()).square().mean().item<double>());
}

}  // namespace
}  // namespace ganface::nn
