// SPDX-License-Identifier: MIT
// Owns the unit tests of the distance between normal distributions.
#include "eval/gaussian.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/types.h>

namespace ganface::train {
namespace {

Gaussian gaussian(const std::vector<double>& mean, const std::vector<double>& variances) {
  return {at::tensor(mean, torch::kFloat64), at::diag(at::tensor(variances, torch::kFloat64))};
}

// Eigenvalues in float64.
constexpr double kRounding = 1e-9;

TEST(FrechetDistance, OfADistributionFromItselfIsZero) {
  const Gaussian one = fit_gaussian(at::randn({50, 6}, torch::kFloat64));
  EXPECT_NEAR(frechet_distance(one, one), 0, kRounding);
}

TEST(FrechetDistance, AddsTheSquaresOfTheDifferencesOfMeansAndDeviations) {
  // (1 - 4)² + (0 - 0)² for the means, (1 - 3)² + (2 - 1)² for the standard deviations.
  EXPECT_NEAR(frechet_distance(gaussian({1, 0}, {1, 4}), gaussian({4, 0}, {9, 1})), 9 + 4 + 1,
              kRounding);
}

TEST(FrechetDistance, IsSymmetricAndDoesNotChangeWithARotation) {
  const Gaussian one = fit_gaussian(at::randn({50, 4}, torch::kFloat64));
  const Gaussian other = fit_gaussian(at::randn({50, 4}, torch::kFloat64) * 2 + 1);
  const double distance = frechet_distance(one, other);
  EXPECT_NEAR(frechet_distance(other, one), distance, kRounding * distance);
  const at::Tensor turn = std::get<0>(at::linalg_qr(at::randn({4, 4}, torch::kFloat64)));
  const auto turned = [&turn](const Gaussian& from) {
    return Gaussian{turn.mv(from.mean), turn.mm(from.covariance).mm(turn.t())};
  };
  EXPECT_NEAR(frechet_distance(turned(one), turned(other)), distance, kRounding * distance);
}

TEST(FrechetDistance, TakesACovarianceWithoutFullRank) {
  EXPECT_NEAR(frechet_distance(gaussian({0, 0}, {1, 0}), gaussian({0, 0}, {0, 1})), 2, kRounding);
}

TEST(FitGaussian, GivesTheMeanAndTheUnbiasedCovariance) {
  const Gaussian fitted = fit_gaussian(at::tensor({0., 0., 2., 4., 4., 2.}).view({3, 2}));
  EXPECT_TRUE(at::allclose(fitted.mean, at::tensor({2., 2.}, torch::kFloat64)));
  EXPECT_TRUE(
      at::allclose(fitted.covariance, at::tensor({4., 2., 2., 4.}, torch::kFloat64).view({2, 2})));
}

TEST(PrincipalComponents, AreTheDirectionsOfLargestVarianceFromFewOrManySamples) {
  at::Generator random = at::detail::createCPUGenerator(8);
  for (const int64_t samples : {6, 500}) {
    at::Tensor rows = at::randn({samples, 8}, random, at::TensorOptions(torch::kFloat64)) * 0.01;
    rows.select(1, 5) *= 1000;
    rows.select(1, 2) *= 100;
    const at::Tensor components = principal_components(rows, 2);
    ASSERT_EQ(components.sizes(), at::IntArrayRef({8, 2}));
    // The other columns are a hundredth of the second and less: they turn it by as much.
    EXPECT_GT(components[5][0].abs().item<double>(), 0.99);
    EXPECT_GT(components[2][1].abs().item<double>(), 0.99);
    EXPECT_TRUE(
        at::allclose(components.t().mm(components), at::eye(2, torch::kFloat64), 1e-6, 1e-6));
  }
}

}  // namespace
}  // namespace ganface::train
