// SPDX-License-Identifier: MIT
// Owns the encoder that plays along with generator and discriminator.
#include "train/adversarial/inversion_player.h"

#include <cmath>

#include "train/adversarial/training_holes.h"

namespace ganface::train {
namespace {

constexpr int64_t kUndamagedInterval = 3;  // every third face has no hole
constexpr int64_t kDirections = 128;
// Weight of the prior beside errors of images in [-1, 1]: at first both are near 1/3.
constexpr double kPriorWeight = 0.3;

}  // namespace

DamagedBatch damage(const at::Tensor& faces, RandomSource& random) {
  DamagedBatch batch{faces, draw_holes(faces.size(0), static_cast<int>(faces.size(2)), random)};
  for (int64_t i = 0; i < faces.size(0); i += kUndamagedInterval) batch.holes[i].zero_();
  batch.holes = batch.holes.to(faces.device());
  return batch;
}

InversionPlayer::InversionPlayer(const nn::NetworkOptions& networks, const nn::Execution& execution,
                                 const torch::optim::AdamOptions& adam)
    : encoder(networks, execution),
      average(networks, execution),
      optimiser(encoder->parameters(), adam) {}

at::Tensor InversionPlayer::loss(const DamagedBatch& batch, const at::Tensor& z,
                                 const at::Tensor& images, RandomSource& random) const {
  const at::Tensor error = (images - batch.faces).abs();
  // Differences of uniforms point in directions that are close enough to even.
  at::Tensor directions = random.uniform(kDirections, {z.size(1)}) - 0.5;
  directions = (directions / directions.norm(2, {1}, true)).t().to(z.device());
  const at::Tensor undamaged = z.slice(0, 0, z.size(0), kUndamagedInterval);
  return error.mean() + mean_hole_error(error, batch.holes) +
         kPriorWeight * distance_from_prior(undamaged, directions);
}

at::Tensor mean_hole_error(const at::Tensor& absolute_error, const at::Tensor& holes) {
  const at::Tensor pixels = holes.flatten(1).sum(1);
  return ((absolute_error * holes).flatten(1).sum(1) / (3 * pixels.clamp_min(1))).mean();
}

at::Tensor distance_from_prior(const at::Tensor& z, const at::Tensor& directions) {
  const auto count = z.size(0);
  const at::Tensor levels = (at::arange(count, z.options()) + 0.5) / static_cast<double>(count);
  // Quantiles of N(0, 1/3).
  const at::Tensor expected = at::erfinv(2 * levels - 1) * std::sqrt(2. / 3);
  const at::Tensor sorted = std::get<0>(at::matmul(z, directions).sort(0));
  return (sorted - expected.unsqueeze(1)).square().mean();
}

}  // namespace ganface::train
