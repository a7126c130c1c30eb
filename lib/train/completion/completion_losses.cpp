// SPDX-License-Identifier: MIT
// Owns what a completion is wrong by.
#include "train/completion/completion_losses.h"

#include <ATen/ATen.h>

#include <cmath>

namespace ganface::train {
namespace {

constexpr int64_t kCoarse = 4;        // side of a cell, pixels
constexpr double kSharpEnough = 0.9;  // share of the truth's energy

}  // namespace

at::Tensor weighted_mean(const at::Tensor& values, const at::Tensor& weights) {
  const at::Tensor sum = (values.mean(1, true) * weights).sum({1, 2, 3});
  return (sum / weights.sum({1, 2, 3}).clamp_min(1)).mean();
}

at::Tensor root_mean_square(const at::Tensor& difference, const at::Tensor& weights) {
  const at::Tensor sum = (difference.square().mean(1, true) * weights).sum({1, 2, 3});
  return (sum / weights.sum({1, 2, 3}).clamp_min(1) + 1e-6).sqrt().mean();
}

at::Tensor coarse_error(const at::Tensor& difference, const at::Tensor& hole) {
  const at::Tensor share = at::avg_pool2d(hole, kCoarse);
  return root_mean_square(at::avg_pool2d(difference * hole, kCoarse) / share.clamp_min(1e-3),
                          share);
}

at::Tensor grid_energy(const at::Tensor& image, const at::Tensor& hole) {
  constexpr int64_t kBlock = 4, kBlocks = 4;
  const at::Tensor fine = image - at::avg_pool2d(image, 5, 1, 2, false, false);
  const auto over_blocks = [&](const at::Tensor& x) {
    return at::avg_pool2d(at::pixel_unshuffle(x, kBlock), kBlocks);
  };
  const at::Tensor share = over_blocks(hole).repeat({1, image.size(1), 1, 1});
  const at::Tensor pattern = over_blocks(fine * hole) / share.clamp_min(0.25);
  return (pattern.square() * share).sum() / share.sum().clamp_min(1);
}

at::Tensor gradient_energy(const at::Tensor& image, const at::Tensor& hole) {
  const auto along = [&](int64_t axis) {
    const int64_t length = image.size(axis);
    const at::Tensor step = image.slice(axis, 1) - image.slice(axis, 0, length - 1);
    return (step.square() * hole.slice(axis, 1) * hole.slice(axis, 0, length - 1)).sum({1, 2, 3});
  };
  return along(2) + along(3);
}

at::Tensor band_error(const std::vector<at::Tensor>& image, const std::vector<at::Tensor>& truth,
                      const at::Tensor& hole) {
  constexpr double kLeast = 1e-5;  // mean square of what is as good as nothing
  const at::Tensor pixels = hole.sum({1, 2, 3}).clamp_min(1);
  const auto energy = [&](const std::vector<at::Tensor>& smooth, size_t finest) {
    const at::Tensor band = smooth[finest] - smooth[finest + 1];
    return at::log((band.square().mean(1, true) * hole).sum({1, 2, 3}) / pixels + kLeast);
  };
  at::Tensor error = at::zeros({}, hole.options());
  for (size_t band = 0; band < kBands; ++band) {
    const at::Tensor wanted = energy(truth, band) + std::log(kSharpEnough);
    error = error + (energy(image, band) - wanted).square().mean() / kBands;
  }
  return error;
}

}  // namespace ganface::train
