// SPDX-License-Identifier: MIT
// Owns the minimal-filtering (Winograd) form of the 3x3, stride 1, pad 1 convolution.
#pragma once

#include <torch/types.h>

#include "gan/packed_product.h"

namespace ganface::gan::winograd {

/// A 3x3, stride 1, pad 1 convolution in float32 on a CPU, with a kernel that no longer changes.
/// F(4 x 4, 3 x 3) computes a 4 x 4 tile of the output with 36 products instead of 144 (Lavin &
/// Gray, CVPR 2016); the products of all tiles are 36 matrix products, which the BLAS runs at full
/// speed. Results differ from the plain sum's by rounding, some 1e-5 of their size.
class Convolution3x3 {
 public:
  /// `weight` [out, in, 3, 3], `bias` [out] or undefined; float32, on the CPU. With `relu`, what
  /// is negative becomes 0.
  Convolution3x3(const at::Tensor& weight, const at::Tensor& bias, bool relu);

  /// Whether this form is quicker than the plain sum: it has many tiles and many channels.
  static bool suits(int64_t in, int64_t out, int64_t images, int64_t height, int64_t width);

  /// x [N, in, H, W] -> [N, out, H, W], channels last in memory. Any height and width.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  PackedMatrices kernel_;  // [36, in, out]
  at::Tensor bias_;        // [out]
  bool relu_;
};

}  // namespace ganface::gan::winograd
