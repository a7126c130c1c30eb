// SPDX-License-Identifier: MIT
// Owns how far a generator's images move with z.
#include "models/latent_metric.h"

namespace ganface::nn {
namespace {

constexpr int64_t kPoints = 4;
constexpr uint64_t kSeed = 1;
// Small beside the width of the prior, 2, and far above the noise of bfloat16 products.
constexpr double kDifference = 0.3;

}  // namespace

at::Tensor latent_metric(Generator generator, const Execution& execution) {
  torch::NoGradGuard no_gradient;
  const int64_t size = generator->options.latent_size;
  const at::Tensor points = sample_latent(kPoints, size, kSeed);
  const at::Tensor moves = kDifference * at::eye(size);
  at::Tensor metric = at::zeros({size, size}, torch::kFloat64);
  for (int64_t point = 0; point < kPoints; ++point) {
    const auto images = [&](const at::Tensor& z) {
      return generator(z.to(execution.device)).cpu().flatten(1).to(torch::kFloat64);
    };
    const at::Tensor slopes =
        (images(points[point] + moves) - images(points.slice(0, point, point + 1))) / kDifference;
    metric += slopes.mm(slopes.t()) / kPoints;
  }
  return metric;
}

at::Tensor inverse_power(const at::Tensor& metric, double exponent) {
  const auto [values, vectors] = at::linalg_eigh(metric);
  // A direction that moves nothing is held to a thousandth of the largest.
  const at::Tensor powers = values.clamp_min(values.max().item<double>() * 1e-3).pow(-exponent);
  const at::Tensor power = vectors.mm(at::diag(powers)).mm(vectors.t());
  return (power / power.diagonal().mean()).to(torch::kFloat32);
}

}  // namespace ganface::nn
