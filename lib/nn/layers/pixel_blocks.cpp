// SPDX-License-Identifier: MIT
// Owns how networks see blocks of pixels as channels.
#include "nn/layers/pixel_blocks.h"

#include <ATen/ATen.h>

namespace ganface::nn {

at::Tensor blocks_as_channels(const at::Tensor& x, int64_t side, at::ScalarType type) {
  const int64_t n = x.size(0), channels = x.size(1), rows = x.size(2) / side,
                columns = x.size(3) / side;
  return x.to(type)
      .contiguous(at::MemoryFormat::ChannelsLast)
      .permute({0, 2, 3, 1})
      .reshape({n, rows, side, columns, side, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({n, rows, columns, channels * side * side})
      .permute({0, 3, 1, 2});
}

at::Tensor channels_as_blocks(const at::Tensor& x, int64_t side) {
  return at::pixel_shuffle(x, side).contiguous();
}

}  // namespace ganface::nn
