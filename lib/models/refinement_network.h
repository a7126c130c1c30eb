// SPDX-License-Identifier: MIT
// Owns the network that repaints a completed face with the detail of a photograph.
#pragma once

#include <torch/nn/module.h>

#include <vector>

#include "nn/layers/convolution_block.h"

namespace ganface::nn {

/// Side of the canonical crop that the refinement network sees, pixels.
constexpr int64_t kRefinementSize = 256;

/// The second stage of a coarse-to-fine repair (Yu et al. 2018): a U-Net (Ronneberger, Fischer,
/// Brox 2015) that sees a completed face between the picture's own pixels, both and their mirror
/// images, and repaints the hole. It was trained against critics of patches, so that it paints one
/// face that may be instead of the mean of all. It works on blocks of 2 x 2 pixels.
class RefinementNetworkImpl : public torch::nn::Module {
 public:
  explicit RefinementNetworkImpl(const Execution& execution);
  /// `composed` [N, 3, 256, 256] in [-1, 1]: the picture, and in the hole what completes it; `hole`
  /// [N, 1, 256, 256]: 1 = completed -> what to add to `composed`, the same to each colour, 0
  /// outside the hole. Of a frozen network several threads may call it at once. Throws c10::Error
  /// for other sizes.
  at::Tensor forward(const at::Tensor& composed, const at::Tensor& hole);
  torch::Device device() const { return places_.device(); }

 private:
  const torch::ScalarType type_;
  at::Tensor places_;  // [1, 2, 256, 256]: x and y of each pixel, -1 to 1
  std::vector<std::vector<ConvolutionBlock>> down_, up_;
  ConvolutionHead head_{nullptr};
};
TORCH_MODULE(RefinementNetwork);

}  // namespace ganface::nn
