// SPDX-License-Identifier: MIT
// Owns the values of pictures between their pixels.
#pragma once

#include <torch/types.h>

namespace ganface::nn {

/// Centres of the pixels of a side x side picture, [1, 2, side, side]: x and y in half sides from
/// its middle.
at::Tensor pixel_centres(int64_t side, const at::Tensor& like);

/// How values between pixels are found.
enum class Sampling {
  kBilinear,
  kBicubic,  ///< Keys 1981, with a = -0.75
};

/// Whether values at places are found without LibTorch's operators (sampled_pixel.h): on a CPU,
/// where no gradient is asked for, of up to four channels in float32.
bool samples_here(const at::Tensor& picture, const at::Tensor& places);

/// A picture's [N, C, S, S] values at `places` [N or 1, 2, h, w], half sides from its middle; what
/// is outside is 0. Differentiable. Throws c10::Error for other sizes.
at::Tensor sampled(const at::Tensor& picture, const at::Tensor& places, Sampling sampling);

}  // namespace ganface::nn
