// SPDX-License-Identifier: MIT
// Owns the unit tests of how far a generator's images move with z.
#include "models/latent_metric.h"

#include <gtest/gtest.h>

#include "tiny_training.h"

namespace ganface::nn {
namespace {

TEST(LatentMetric, PredictsHowFarTheImageMoves) {
  Generator generator(testing::tiny_networks(), Execution{});
  testing::initialise(*generator, 5);
  torch::NoGradGuard no_gradient;
  for (at::Tensor& parameter : generator->parameters()) parameter.mul_(2);
  generator(sample_latent(32, 10, 2));
  generator->eval();
  // One direction of z is made to count a tenth.
  generator->named_parameters()["project.weight"].select(1, 3).mul_(0.1);
  const at::Tensor metric = latent_metric(generator, Execution{});
  EXPECT_EQ(metric.sizes(), at::IntArrayRef({10, 10}));
  EXPECT_TRUE(at::allclose(metric, metric.t()));
  const at::Tensor z = sample_latent(200, 10, 9);
  const auto moved = [&](int64_t direction) {
    at::Tensor other = z.clone();
    other.select(1, direction) += 0.05;
    return (generator(other) - generator(z)).flatten(1).square().sum(1).mean().item<double>() /
           (0.05 * 0.05);
  };
  // The metric is a mean over four z, the check one over 200.
  for (const int64_t direction : {0, 3, 7})
    EXPECT_NEAR(metric[direction][direction].item<double>() / moved(direction), 1, 0.6);
  EXPECT_LT(metric[3][3].item<double>(), metric[0][0].item<double>() / 10);
}

TEST(InversePower, EvensTheDirectionsOut) {
  const at::Tensor metric =
      at::diag(at::tensor({16.0, 1.0, 1.0 / 16}, at::TensorOptions(torch::kFloat64)));
  // M^-½ = diag(1/4, 1, 4), of mean 1.75; M^-¼ = diag(1/2, 1, 2), of mean 3.5 / 3.
  EXPECT_TRUE(
      at::allclose(inverse_power(metric, 0.5).diagonal(), at::tensor({0.25f, 1.f, 4.f}) / 1.75));
  EXPECT_TRUE(
      at::allclose(inverse_power(metric, 0.25).diagonal(), at::tensor({0.5f, 1.f, 2.f}) * 3 / 3.5));
  // A direction that moves nothing stays finite.
  EXPECT_TRUE(at::isfinite(inverse_power(at::diag(at::tensor({1.0, 0.0}, torch::kFloat64)), 0.5))
                  .all()
                  .item<bool>());
}

}  // namespace
}  // namespace ganface::nn
