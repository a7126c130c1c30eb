// SPDX-License-Identifier: MIT
// Owns the networks that find faces and align them, and the loading of facemask models.
#pragma once

#include <torch/nn/module.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/face_network_sizes.h"
#include "models/model_file.h"
#include "models/segmenter.h"
#include "nn/kernels/packed_product.h"
#include "nn/layers/convolution_block.h"

namespace ganface::nn {

/// Where a face's canonical square may be, for each cell of a grid over the picture.
struct DetectorLevel {
  int64_t stride;      ///< pixels of the picture from a cell to the next
  double nominal;      ///< side of a square, in pixels, of which the network's numbers are shares
  double least, most;  ///< sides that this level answers for, pixels
};

/// The levels of a detector, finest first.
const std::vector<DetectorLevel>& detector_levels();

/// picture [N, 3, H, W] in [-1, 1] -> for each level [N, 5, H/stride, W/stride] (rounded up): logit
/// that a face's canonical square is centred at the cell, the centre's offset (x, y) from the
/// cell's middle and the square's upper edge as a vector (x, y), all in shares of the level's
/// nominal side.
class DetectorNetworkImpl : public torch::nn::Module {
 public:
  explicit DetectorNetworkImpl(const Execution& execution);
  std::vector<at::Tensor> forward(const at::Tensor& pictures);

 private:
  std::vector<std::vector<ConvolutionBlock>> levels_;
  std::vector<ConvolutionHead> heads_;
};
TORCH_MODULE(DetectorNetwork);

/// window [N, 3, 96, 96] in [-1, 1] -> [N, 13]: logit that it shows a face about where it should,
/// and for each AlignerEstimate in turn, the canonical square's centre (x, y) from the window's
/// middle and its upper edge (x, y), in shares of the nominal side, 96 / kAlignerWindow pixels.
class FaceAlignerImpl : public torch::nn::Module {
 public:
  explicit FaceAlignerImpl(const Execution& execution);
  at::Tensor forward(const at::Tensor& windows);
  /// Fixes the weights, so that the first layer of the head, which has most of them, is read as
  /// bfloat16 where the processor multiplies that: no more than was saved.
  void fold();
  /// Of what forward() answers, the squares [N, 4] for a kind of estimate.
  static at::Tensor squares(const at::Tensor& answer, AlignerEstimate estimate);

 private:
  struct Layer {
    at::Tensor weight, bias;
  };
  // The first layer of the head, x [N, values].
  at::Tensor first_units(const at::Tensor& x) const;

  std::vector<ConvolutionBlock> blocks_;
  std::vector<Layer> head_;
  std::optional<PackedMatrices> first_weight_;  // when folded, and worth it
};
TORCH_MODULE(FaceAligner);

/// What a facemask model file holds; a network that the file lacks is empty.
struct FaceMaskModel {
  DetectorNetwork detector{nullptr};
  FaceAligner aligner{nullptr};
  Segmenter segmenter{nullptr};
  std::map<std::string, std::string> metadata;
};

/// Metadata "architecture" of a facemask model.
constexpr char kFaceMaskArchitecture[] = "facemask";

/// Loads a facemask model, frozen and folded. Throws Error(kModel).
FaceMaskModel load_facemask_model(const std::filesystem::path& file, const Execution& execution);

/// Draws the weights of one of these networks (He et al. 2015).
void initialise_face_network(torch::nn::Module& network, at::Generator random);

}  // namespace ganface::nn
