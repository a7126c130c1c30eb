// SPDX-License-Identifier: MIT
// Owns sums and means over windows of pixels.
#include "nn/kernels/box_filter.h"

#include <ATen/ATen.h>

namespace ganface::nn {

at::Tensor sum_around(const at::Tensor& x, int64_t axis, int64_t window) {
  const int64_t reach = window / 2, length = x.size(axis);
  const at::Tensor wide = axis == 3 ? at::constant_pad_nd(x, {reach, reach, 0, 0})
                                    : at::constant_pad_nd(x, {0, 0, reach, reach});
  at::Tensor sum = wide.slice(axis, 0, length);
  for (int64_t i = 1; i < window; ++i) sum = sum + wide.slice(axis, i, i + length);
  return sum;
}

at::Tensor block_means(const at::Tensor& x, int64_t by) {
  at::Tensor means = x;
  for (; by > 1; by /= 2) {
    const auto every_second = [&](int64_t axis, int64_t first) {
      return means.slice(axis, first, means.size(axis), 2);
    };
    means = every_second(2, 0) + every_second(2, 1);
    means = (every_second(3, 0) + every_second(3, 1)) / 4;
  }
  return means;
}

}  // namespace ganface::nn
