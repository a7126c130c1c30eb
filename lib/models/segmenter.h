// SPDX-License-Identifier: MIT
// Owns the network that tells what covers a face, and where the face is under it.
#pragma once

#include <torch/nn/module.h>

#include <vector>

#include "models/face_network_sizes.h"
#include "nn/layers/convolution_block.h"

namespace ganface::nn {

/// What the segmenter is asked: everything [N, channels, S, S] with S = kSegmenterSize, images in
/// [-1, 1].
struct SegmenterInput {
  at::Tensor crop;  ///< [N, 3, …]: head crop
  /// [N, 3, …]: how the faces looked before, about in place; undefined: nothing is known of any.
  at::Tensor look;
  at::Tensor known;  ///< [N, 1, …]: 1 where the look shows the face itself
  at::Tensor kept;   ///< [N, 1, …]: 0 where something is expected to cover the face, 1 elsewhere
};

/// What it answers. Logits.
struct SegmenterOutput {
  at::Tensor kinds;  ///< [N, kOccluderKinds, S, S]: softmax over what a pixel shows
  at::Tensor oval;   ///< [N, 1, S, S]: inside the face's outline as it would be without occlusion
  at::Tensor face;   ///< [N]: the crop shows a face about where it should
  at::Tensor pose;   ///< [N, 2]: yaw and pitch, in units of kPoseUnit degrees
};

/// A U-Net (Ronneberger, Fischer, Brox 2015) that sees half the head crop's side and below, and
/// answers from a quarter of it, for each place with 4 x 4 pixels (Shi et al. 2016). The
/// crop's contrast is raised to a usual one first. A look at the face from before is laid over the
/// crop, and the network sees how much they differ in the face's oval; where nothing near differs,
/// occluders are less likely.
class SegmenterImpl : public torch::nn::Module {
 public:
  explicit SegmenterImpl(const Execution& execution);
  SegmenterOutput forward(const SegmenterInput& input);

 private:
  std::vector<std::vector<ConvolutionBlock>> down_;
  std::vector<ConvolutionBlock> up_;
  ConvolutionHead head_{nullptr};
  at::Tensor face_weight_, face_bias_;  // of what all of the crop says: [3, C], [3]
};
TORCH_MODULE(Segmenter);

}  // namespace ganface::nn
