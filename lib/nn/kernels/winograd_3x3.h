// SPDX-License-Identifier: MIT
// Owns the minimal-filtering (Winograd) form of the 3x3, stride 1, pad 1 convolution.
#pragma once

#include <torch/types.h>

#include <optional>

#include "nn/kernels/packed_product.h"

namespace ganface::nn::winograd {

/// Side of the tiles of the output that are computed together.
enum class Tile { k2, k4 };

/// A 3x3, stride 1, pad 1 convolution on a CPU, with a kernel that no longer changes, in float32,
/// or in bfloat16 where the processor multiplies that (has_bfloat16_lanes()); sums are float32.
/// F(4 x 4, 3 x 3) computes a 4 x 4 tile of the output with 36 products instead of 144, F(2 x 2,
/// 3 x 3) a 2 x 2 tile with 16 instead of 36, from a kernel that takes less memory (Lavin & Gray,
/// CVPR 2016); the products of all tiles are that many matrix products. Results differ from the
/// plain sum's by rounding, some 1e-5 of their size, in bfloat16 some 1e-2.
class Convolution3x3 {
 public:
  /// `weight` [out, in, 3, 3], `bias` [out] or undefined, on the CPU; `in` is a multiple of 8,
  /// `out` of PackedMatrices::kGranularity. With `relu`, what is negative becomes 0.
  Convolution3x3(Tile tile, const at::Tensor& weight, const at::Tensor& bias, bool relu);

  /// The tile with which this form is quicker than the plain sum for pictures of that size; none
  /// where they have too few tiles or channels.
  static std::optional<Tile> suitable_tile(torch::ScalarType type, int64_t in, int64_t out,
                                           int64_t height, int64_t width);

  /// x [N, in, H, W] of the weight's type -> [N, out, H, W], channels last in memory. Any height
  /// and width. Throws c10::Error for other channels or another type.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Tile tile_;
  PackedMatrices kernel_;  // [points, in, out]
  at::Tensor bias_;        // [out]
  float least_;            // of a result
};

}  // namespace ganface::nn::winograd
