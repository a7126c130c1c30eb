// SPDX-License-Identifier: MIT
// Owns the network that completes a face in one pass, and the critic it is trained against.
#pragma once

#include <torch/nn/module.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "models/face_network_sizes.h"
#include "models/networks.h"
#include "models/refinement_network.h"
#include "models/sharpening.h"
#include "nn/layers/convolution_block.h"
#include "nn/layers/spectral_norm.h"
#include "nn/registration/reference_field.h"

namespace ganface::nn {

/// What the network is asked: everything [N, channels, 128, 128], images in [-1, 1].
struct CompletionInput {
  at::Tensor crop;  ///< [N, 3, …]; what it shows in the hole does not matter
  at::Tensor hole;  ///< [N, 1, …]: 1 = missing
  /// [M, 3, …]: the first M faces as they looked before; the others have none. Undefined: none has.
  at::Tensor reference;
  at::Tensor valid;         ///< [M, 1, …]: 1 where the reference is known
  at::Tensor prior_sample;  ///< [N, 3, …]: FacePrior's; undefined = none
};

/// A generator that makes up faces, with its encoder: what it makes of the kept pixels is a face,
/// and about the right one, where nothing was seen before.
struct FacePrior {
  Generator generator{nullptr};
  Encoder encoder{nullptr};

  bool is_empty() const { return generator.is_empty(); }
  /// The mean of G(E(crop, hole)) and what the mirror image gives, at the crops' side: [N, 3, S,
  /// S]. No gradients.
  at::Tensor sample(const at::Tensor& crop, const at::Tensor& hole);
};

/// What it answers.
struct CompletionOutput {
  at::Tensor image;       ///< [N, 3, …]: the whole face; only the hole matters
  at::Tensor confidence;  ///< [N, 1, …]: share of `reference` in it, 0 to 1
  at::Tensor reference;   ///< [N, 3, …]: moved and relit; 0 where it is not known
  at::Tensor valid;       ///< [N, 1, …]: moved
  /// Of the first M, undefined tensors without a reference: how their references were moved and
  /// relit, and what the network itself had said of it.
  ReferenceField field, network_field;
};

/// Completes faces in one pass. A small network finds how the reference has to be moved and relit,
/// in two rounds, the second looking at what the first one did (as inverse compositional spatial
/// transformers do: Lin and Lucey 2017); a U-Net (Ronneberger, Fischer, Brox 2015) sees the crop,
/// the crop's mirror image, the moved reference and a generator's prior sample, paints the face,
/// and says where the reference is to be trusted instead. It works on blocks of 4 x 4 pixels; a
/// last stage on blocks of 2 x 2 finishes what it painted; a mesh is taken out of it. The field is
/// fitted to the kept pixels as a whole (reference_fit.h) before it is used.
class CompletionNetworkImpl : public torch::nn::Module {
 public:
  explicit CompletionNetworkImpl(const Execution& execution);
  CompletionOutput forward(const CompletionInput& input);

 private:
  // Everything at half the crop's side.
  ReferenceField look(const at::Tensor& known, const at::Tensor& hole, const at::Tensor& reference,
                      const at::Tensor& valid);
  // `reference` [M, 4, ...]: its colours, 0 where it is not known, and where it is known.
  ReferenceField align(const at::Tensor& known, const at::Tensor& hole,
                       const at::Tensor& reference);

  at::Tensor finished(const at::Tensor& answer, const at::Tensor& features, const at::Tensor& seen,
                      const CompletionOutput& output);

  const torch::ScalarType type_;
  std::vector<ConvolutionBlock> aligner_, aligner_far_;
  ConvolutionHead far_head_{nullptr}, field_head_{nullptr};
  std::vector<std::vector<ConvolutionBlock>> down_, up_;
  ConvolutionHead head_{nullptr};
  std::vector<ConvolutionBlock> finish_;
  ConvolutionHead finish_head_{nullptr};
};
TORCH_MODULE(CompletionNetwork);

/// What the network answers; of the faces `rows` [K], of which nothing was seen before, the mean of
/// four looks: as they are, in the mirror, and each once more some pixels lower and farther right,
/// where its blocks hold other pixels. Nearer to the truth, and softer, without the blocks' weave.
CompletionOutput test_time_augmentation(CompletionNetwork& network, const CompletionInput& input,
                                        const at::Tensor& rows);

/// Makes of what the network has answered the same mean for the faces `rows` [K], which were seen
/// before.
void look_again(CompletionNetwork& network, const CompletionInput& input, const at::Tensor& rows,
                CompletionOutput& output);

/// Tells patches of completed faces from real ones: image [N, 3, S, S] with hole [N, 1, S, S] ->
/// the features after each layer, the last of which is the logits [N, 1, S/8, S/8]. Spectral
/// normalisation keeps it from winning.
class PatchCriticImpl : public torch::nn::Module {
 public:
  explicit PatchCriticImpl(const Execution& execution);
  std::vector<at::Tensor> forward(const at::Tensor& image, const at::Tensor& hole);

 private:
  const torch::ScalarType type_;
  std::vector<at::Tensor> weights_, biases_;
  std::vector<SpectralNorm> norms_;
};
TORCH_MODULE(PatchCritic);

/// Metadata "architecture" of a completion model, and the name of Sharpening's text in it.
constexpr char kCompletionArchitecture[] = "completion", kSharpening[] = "sharpening";

/// A completion model file: the network, frozen and folded when not to be trained, and, in an
/// unfinished training's file, the critic.
struct CompletionModel {
  CompletionNetwork network{nullptr};
  FacePrior prior;              ///< empty in a model without one
  PatchCritic critic{nullptr};  ///< empty in a model without one
  Sharpening sharpening;        ///< of faces looked at often; empty in a model without one
  RefinementNetwork refinement{nullptr};  ///< of the same faces; empty in a model without one
  std::map<std::string, std::string> metadata;
};

/// Loads what was read of a completion model's file. Throws Error(kModel).
CompletionModel load_completion_model(const core::TensorFile& content,
                                      const std::filesystem::path& file,
                                      const Execution& execution);

/// Adds a prior to a model's file, to be loaded with it.
void add_prior(core::TensorFile& content, const FacePrior& prior);

/// Draws the weights of a completion network or critic (He et al. 2015); the network's last layers
/// start at zero, so that it begins with the smooth filling and a reference where it lies.
void initialise_completion(torch::nn::Module& network, at::Generator random);

}  // namespace ganface::nn
