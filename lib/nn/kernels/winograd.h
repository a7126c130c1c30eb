// SPDX-License-Identifier: MIT
// Owns the minimal-filtering (Winograd) form of the kernel 4, stride 2, pad 1 convolution.
#pragma once

#include <torch/types.h>

namespace ganface::nn::winograd {

// A kernel 4, stride 2, pad 1 convolution is a 2x2, stride 1 convolution of the input's four
// polyphase components. F(m x m, 2 x 2) computes each m x m output tile of that with (m + 1)^2
// products instead of 4 m^2 (Winograd 1980; Lavin & Gray, CVPR 2016): 2.56 times fewer for m = 4.
// The products of all tiles are (m + 1)^2 matrix products, which the BLAS runs at full speed. In
// bfloat16 only m = 2 is fit for use: the coefficients of m = 4 cost three of its eight bits.
//
// The four functions below are the linear maps that the convolution, its transpose and the
// gradients of both are composed of. Tensors are on the CPU; tiles and products are float32 or
// bfloat16, everything else is float32, and so are the sums. H and W are multiples of 2m. Other
// sizes and types throw c10::Error. With
//   N images, C channels on the wide side (H x W), K on the narrow side (H/2 x W/2),
//   T tiles in the batch, S = (m + 1)^2:
//   V = to_tiles(wide)         [S, T, 4C]
//   U = transform_kernel(w)    [S, K, 4C]    w: [K, C, 4, 4]
//   narrow = gather_outputs(V U^T)    [S, T, K] -> [N, K, H/2, W/2]
// and scatter_outputs, from_tiles and transform_kernel_adjoint are their transposes.

/// Side m of the output tiles that suits a narrow side of this height and width; 0 if none does.
int tile_side(int64_t narrow_height, int64_t narrow_width);

/// B^T d B of every tile: [N, C, H, W] (channels last) -> [S, T, 4C] in `type`.
at::Tensor to_tiles(const at::Tensor& wide, int m, torch::ScalarType type);
/// Transpose of to_tiles: [S, T, 4C] -> [N, C, H, W] (channels last).
at::Tensor from_tiles(const at::Tensor& tiles, int m, at::IntArrayRef wide_shape);

/// A^T p A of every tile: [S, T, K] -> [N, K, H/2, W/2] (channels last).
at::Tensor gather_outputs(const at::Tensor& products, int m, at::IntArrayRef narrow_shape);
/// Transpose of gather_outputs: [N, K, H/2, W/2] (channels last) -> [S, T, K] in `type`.
at::Tensor scatter_outputs(const at::Tensor& narrow, int m, torch::ScalarType type);

/// G g G^T of every kernel: [K, C, 4, 4] -> [S, K, 4C] in `type`.
at::Tensor transform_kernel(const at::Tensor& weight, int m, torch::ScalarType type);
/// Transpose of transform_kernel: [S, K, 4C] -> [K, C, 4, 4].
at::Tensor transform_kernel_adjoint(const at::Tensor& transformed, int m);

}  // namespace ganface::nn::winograd
