// SPDX-License-Identifier: MIT
// Owns how networks see blocks of pixels as channels.
#pragma once

#include <ATen/core/Tensor.h>

namespace ganface::nn {

/// [N, C, H, W] -> [N, side * side * C, H / side, W / side] of `type`, channels last in memory: the
/// channels of each pixel of a block, pixel after pixel, row by row.
at::Tensor blocks_as_channels(const at::Tensor& x, int64_t side, at::ScalarType type);

/// The other way round, of channels in the order of at::pixel_shuffle: [N, C * side * side, H, W]
/// -> [N, C, H * side, W * side].
at::Tensor channels_as_blocks(const at::Tensor& x, int64_t side);

}  // namespace ganface::nn
