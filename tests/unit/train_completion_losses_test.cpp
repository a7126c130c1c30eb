// SPDX-License-Identifier: MIT
// Tests of what a completion is wrong by.
#include "train/completion/completion_losses.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nn/layers/frequency_bands.h"

namespace ganface::train {
namespace {

constexpr int64_t kSide = 64;

at::Tensor whole() { return at::ones({1, 1, kSide, kSide}); }

at::Tensor columns() {
  return at::arange(kSide).to(at::kFloat).view({1, 1, 1, kSide}).expand({1, 3, kSide, kSide});
}

double value(const at::Tensor& loss) { return loss.item<double>(); }

TEST(CompletionLosses, EveryFaceCountsAlikeWhateverTheSizeOfItsHole) {
  at::Tensor difference = at::zeros({2, 3, kSide, kSide}), hole = at::zeros({2, 1, kSide, kSide});
  hole[0].slice(1, 0, 8).fill_(1);
  hole[1].fill_(1);
  difference[0].fill_(0.2);
  difference[1].fill_(0.4);
  EXPECT_NEAR(value(root_mean_square(difference, hole)), 0.3, 1e-4);
  EXPECT_NEAR(value(weighted_mean(difference, hole)), 0.3, 1e-5);
  // Of squares, not of values.
  difference[1] = columns()[0].remainder(2) * 0.4;
  EXPECT_NEAR(value(root_mean_square(difference, hole)), (0.2 + 0.4 / std::sqrt(2)) / 2, 1e-4);
}

TEST(CompletionLosses, DetailIsNoCoarseError) {
  const at::Tensor detail = (columns().remainder(2) - 0.5) * 0.6;
  EXPECT_LT(value(coarse_error(detail, whole())), 2e-3);
  EXPECT_NEAR(value(coarse_error(at::full_like(detail, 0.3), whole())), 0.3, 1e-4);
  at::Tensor hole = at::zeros({1, 1, kSide, kSide});
  hole.slice(3, 0, 30).fill_(1);  // cuts cells in two
  EXPECT_NEAR(value(coarse_error(at::full_like(detail, 0.3), hole)), 0.3, 1e-3);
}

TEST(CompletionLosses, AGridCostsSlopesNoiseAndEdgesDoNot) {
  const at::Tensor slope = columns() / kSide;
  const double grid = value(grid_energy(slope + 0.1 * columns().remainder(4).eq(0), whole()));
  EXPECT_GT(grid, 5e-4);
  EXPECT_LT(value(grid_energy(slope, whole())), 1e-2 * grid);
  at::Generator random = at::detail::createCPUGenerator(3);
  EXPECT_LT(value(grid_energy(0.1 * at::randn({1, 3, kSide, kSide}, random), whole())), 0.5 * grid);
  // A single edge of that height.
  EXPECT_LT(value(grid_energy(columns().gt(31).to(at::kFloat) * 0.1, whole())), 0.5 * grid);
  // Outside of the hole nothing counts.
  EXPECT_EQ(value(grid_energy(0.1 * columns().remainder(4).eq(0), at::zeros_like(whole()))), 0);
}

TEST(CompletionLosses, EachBandIsToHaveTheTruthsEnergy) {
  at::Generator random = at::detail::createCPUGenerator(5);
  const auto noise = [&] { return at::randn({1, 3, kSide, kSide}, random); };
  const at::Tensor truth = noise();
  const auto error_of = [](const at::Tensor& image, const at::Tensor& real,
                           const at::Tensor& hole) {
    return band_error(nn::without_each_band(image, kBands), nn::without_each_band(real, kBands),
                      hole);
  };
  const double content = std::pow(std::log(0.9), 2);
  EXPECT_NEAR(value(error_of(truth, truth, whole())), content, 1e-5);
  // Whatever the detail is.
  EXPECT_LT(value(error_of(noise(), truth, whole())), 5 * content);
  EXPECT_NEAR(value(error_of(0.5 * truth, truth, whole())), std::pow(std::log(4 * 0.9), 2), 0.01);
  EXPECT_NEAR(value(error_of(2 * truth, truth, whole())), std::pow(std::log(4 / 0.9), 2), 0.01);
  // What one band lacks another cannot make good.
  const at::Tensor fine = (columns().remainder(2) - 0.5) * 2;
  const at::Tensor soft = nn::without_band(truth, 0);
  EXPECT_GT(value(error_of(soft + fine, truth, whole())), 10 * content);
  // Far from the hole nothing counts.
  at::Tensor hole = at::zeros_like(whole()), elsewhere = truth.clone();
  hole.slice(2, 8, 40).fill_(1);
  elsewhere.slice(2, 50).fill_(1);
  EXPECT_NEAR(value(error_of(elsewhere, truth, hole)), content, 1e-5);
}

TEST(CompletionLosses, GradientEnergyIsOfNeighboursInTheHole) {
  const at::Tensor picture = columns() * 0.1;
  at::Tensor hole = at::zeros_like(whole());
  hole.slice(2, 0, 4).slice(3, 0, 6).fill_(1);
  EXPECT_NEAR(value(gradient_energy(picture, hole)), 3 * 4 * 5 * 0.01, 1e-5);
}

}  // namespace
}  // namespace ganface::train
