// SPDX-License-Identifier: MIT
// Owns the octaves of detail of pictures.
#include "gan/octaves.h"

#include <ATen/ATen.h>

namespace ganface::gan {

at::Tensor without_octave(const at::Tensor& pictures, int octave) {
  const int64_t step = int64_t{1} << octave;
  const auto along = [step](const at::Tensor& x, int64_t axis) {
    const at::Tensor wide = axis == 3 ? at::replication_pad2d(x, {step, step, 0, 0})
                                      : at::replication_pad2d(x, {0, 0, step, step});
    return x / 2 + (wide.slice(axis, 0, x.size(axis)) + wide.slice(axis, 2 * step)) / 4;
  };
  return along(along(pictures, 2), 3);
}

at::Tensor without_octaves(const at::Tensor& pictures, int count) {
  at::Tensor smooth = pictures;
  for (int octave = 0; octave < count; ++octave) smooth = without_octave(smooth, octave);
  return smooth;
}

at::Tensor chequers(const at::Tensor& pictures, const at::Tensor& hole) {
  const auto alternating = [&](int64_t axis) {
    at::Tensor line = at::ones({pictures.size(axis)}, pictures.options());
    line.slice(0, 1, line.size(0), 2).fill_(-1);
    return line;
  };
  const at::Tensor board = alternating(2).unsqueeze(1) * alternating(3);
  const auto around = [](const at::Tensor& x) { return at::avg_pool2d(x, 3, 1, 1); };
  const at::Tensor fine = pictures - without_octave(pictures, 0);
  return hole * board * around(fine * hole * board) / around(hole).clamp_min(1.0 / 9);
}

}  // namespace ganface::gan
