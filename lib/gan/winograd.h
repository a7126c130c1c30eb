// SPDX-License-Identifier: MIT
// Owns the minimal-filtering (Winograd) form of the kernel 4, stride 2, pad 1 convolution.
#pragma once

#include <torch/types.h>

namespace ganface::gan::winograd {

// A kernel 4, stride 2, pad 1 convolution is a 2x2, stride 1 convolution of the input's four
// polyphase components. F(m x m, 2 x 2) computes each m x m output tile of that with (m + 1)^2
// products instead of 4 m^2 (Winograd 1980; Lavin & Gray, CVPR 2016): 2.56 times fewer for m = 4.
// The products of all tiles are (m + 1)^2 matrix products, which the BLAS runs at full speed.
//
// The four functions below are the linear maps that the convolution, its transpose and the
// gradients of both are composed of. All tensors are float32 on the CPU. With
//   N images, C channels on the wide side (H x W), K on the narrow side (H/2 x W/2),
//   T tiles in the batch, S = (m + 1)^2:
//   V = to_tiles(wide)         [S, T, 4C]
//   U = transform_kernel(w)    [S, 4C, K]    w: [K, C, 4, 4]
//   from V U:  narrow = gather_outputs(V U)  [S, T, K] -> [N, K, H/2, W/2]
// and scatter_outputs, from_tiles and transform_kernel_adjoint are their transposes.

/// Side m of the output tiles that suits a narrow side of this height and width; 0 if none does.
int tile_side(int64_t narrow_height, int64_t narrow_width);

/// B^T d B of every tile: [N, C, H, W] (channels last) -> [S, T, 4C].
at::Tensor to_tiles(const at::Tensor& wide, int m);
/// Transpose of to_tiles: [S, T, 4C] -> [N, C, H, W] (channels last).
at::Tensor from_tiles(const at::Tensor& tiles, int m, at::IntArrayRef wide_shape);

/// A^T p A of every tile: [S, T, K] -> [N, K, H/2, W/2] (channels last).
at::Tensor gather_outputs(const at::Tensor& products, int m, at::IntArrayRef narrow_shape);
/// Transpose of gather_outputs: [N, K, H/2, W/2] (channels last) -> [S, T, K].
at::Tensor scatter_outputs(const at::Tensor& narrow, int m);

/// G g G^T of every kernel: [K, C, 4, 4] -> [S, 4C, K].
at::Tensor transform_kernel(const at::Tensor& weight, int m);
/// Transpose of transform_kernel: [S, 4C, K] -> [K, C, 4, 4].
at::Tensor transform_kernel_adjoint(const at::Tensor& transformed, int m);

}  // namespace ganface::gan::winograd
