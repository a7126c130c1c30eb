// SPDX-License-Identifier: MIT
// Owns the bands of detail of pictures.
#include "nn/layers/frequency_bands.h"

#include <ATen/ATen.h>

#include "nn/kernels/box_filter.h"

namespace ganface::nn {
namespace {

// Filtered with (1, 2, 1) / 4 along an axis, 2 or 3, taps `step` pixels apart.
at::Tensor smoothed(const at::Tensor& x, int64_t axis, int64_t step) {
  const at::Tensor wide = axis == 3 ? at::replication_pad2d(x, {step, step, 0, 0})
                                    : at::replication_pad2d(x, {0, 0, step, step});
  return at::add(at::add(x / 2, wide.slice(axis, 0, x.size(axis)), 0.25),
                 wide.slice(axis, 2 * step), 0.25);
}

}  // namespace

at::Tensor without_band(const at::Tensor& pictures, int band) {
  const int64_t step = int64_t{1} << band;
  return smoothed(smoothed(pictures, 2, step), 3, step);
}

std::vector<at::Tensor> without_each_band(const at::Tensor& pictures, int count) {
  std::vector<at::Tensor> smooth{pictures};
  for (int band = 0; band < count; ++band) smooth.push_back(without_band(smooth.back(), band));
  return smooth;
}

at::Tensor without_bands(const at::Tensor& pictures, int count) {
  return without_each_band(pictures, count).back();
}

at::Tensor without_mesh(const at::Tensor& pictures, const at::Tensor& hole) {
  constexpr int64_t kWindow = 7;
  at::Tensor rest = pictures;
  for (const int64_t axis : {2, 3}) {
    at::Tensor turns = at::ones({pictures.size(axis)}, pictures.options());
    turns.slice(0, 1, turns.size(0), 2).fill_(-1);
    if (axis == 2) turns = turns.unsqueeze(1);
    const at::Tensor fine = rest - smoothed(rest, axis, 1);
    rest = rest - hole * turns * sum_around(fine * hole * turns, axis, kWindow) /
                      sum_around(hole, axis, kWindow).clamp_min(1);
  }
  return rest;
}

}  // namespace ganface::nn
