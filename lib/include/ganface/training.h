// SPDX-License-Identifier: MIT
// Owns the public face of training a generator: options, progress, and the one call.
#pragma once

#include <ganface/api.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ganface {

/// What and how to train. Defaults are the reference recipe (Radford et al. 2016), with k = 1.
struct GANFACE_API TrainingOptions {
  std::filesystem::path
      folder;                 ///< JPEG and PNG files at any depth: LFW photographs or square crops
  std::filesystem::path out;  ///< the model file to write, ending in .safetensors
  /// Name or path of a model whose weights are the first ones, to go on with other options or other
  /// faces; it must have the sizes and forms below. Empty = fresh weights.
  std::string from;

  int image_size = 64;              ///< pixels; a power of two from 16 to 256
  int generator_channels = 64;      ///< ngf
  int discriminator_channels = 64;  ///< ndf
  int latent_size = 100;
  std::string upsampling = "transposed";  ///< or resize: repeat pixels, then convolve
  std::string normalisation = "batch";    ///< D's: batch, or spectral (Miyato et al. 2018)
  std::string initialisation = "dcgan";   ///< or xavier, he-forward, he-backward
  bool centre = false;                    ///< D subtracts the per-pixel mean of the images
  int batch_size = 64;                    ///< m, of each process
  int discriminator_steps = 1;            ///< k: D's updates for each of G's
  int epochs = 30;
  double learning_rate = 2e-4;          ///< Adam, both networks
  double beta1 = 0.5;                   ///< Adam's first moment decay
  std::string loss = "non-saturating";  ///< or saturating, hinge
  /// Differentiable augmentations (Zhao et al. 2020): none, or some of color, translation and
  /// cutout separated by commas.
  std::string augmentation = "none";
  double gradient_penalty = 0;  ///< weight γ of R1 (Mescheder et al. 2018); 0 = off
  /// Weight of the reconstruction of damaged faces by an encoder that learns along with G and D and
  /// is written to the model too (Larsen et al. 2016); 0 = off.
  double reconstruction = 0;
  double ema_decay = 0.998;  ///< the model holds this running mean of G's weights; 0 = off
  bool mirror = true;        ///< flip every other image left to right at random
  uint64_t seed = 1;
  std::string device = "auto";    ///< auto, cpu, cuda or cuda:N
  double checkpoint_minutes = 3;  ///< time between checkpoints
  bool resume = false;            ///< go on from the checkpoint beside `out`
  std::string licence = "MIT";    ///< noted in the model file
  std::string data_name;          ///< noted in the model file; empty = the folder's name

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// Variances of one layer at the start of a run, over all elements of a batch.
struct LayerVariance {
  std::string network;    ///< generator or discriminator
  std::string layer;      ///< in the order of the forward pass
  double activation = 0;  ///< of the layer's result, before normalisation and nonlinearity
  double gradient = 0;    ///< of the network's loss by that result
};

/// What a run starts with.
struct TrainingStart {
  int64_t images = 0;                          ///< in the training set
  std::vector<std::filesystem::path> skipped;  ///< files that cannot be read
  int64_t step = 0;                            ///< batches done before, when resumed
  int64_t steps = 0;                           ///< in the whole run
  int processes = 1;                           ///< that share a batch
  std::vector<LayerVariance> layers;           ///< empty when resumed
};

/// The state of the game after a step. Means are running means.
struct TrainingProgress {
  int64_t step = 0;   ///< batches of G done, this one included
  int64_t steps = 0;  ///< batches of G in the whole run
  double epoch = 0;
  double images_per_second = 0;  ///< of all processes
  double value = 0;              ///< V = E[log D(x)] + E[log(1 - D(G(z)))]
  double divergence = 0;         ///< JS estimate (V + log 4) / 2; log 2 = D has won
  double real_score = 0;         ///< mean D(x)
  double fake_score = 0;         ///< mean D(G(z))
  double reconstruction = 0;     ///< the encoder's loss; 0 without one
  bool checkpointed = false;
};

/// Who watches a training run.
class GANFACE_API TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  /// Called once, before the first step.
  virtual void started(const TrainingStart&) {}
  /// A sentence for the user: a file that was skipped, a game that D has won, curves not drawn.
  virtual void warned(const std::string&) {}
  /// Called after each step; false stops the run.
  virtual bool progressed(const TrainingProgress&) = 0;
};

/// Trains a DCGAN and writes `out`, and beside it in `out`.train: log.jsonl, curves.png, a grid of
/// samples an epoch, and a checkpoint. When the observer stops the run a checkpoint is written and
/// the model is not. A resumed run equals an uninterrupted one, number for number. Returns true
/// when the run is complete.
///
/// Started by torchrun or srun in several processes, these share each batch through LibTorch's
/// c10d: n processes compute what one would with n times the batch (gan/process_group.h). The first
/// writes the files, which the others must be able to read when they resume.
///
/// Throws Error: kUsage for options, kInput for the folder, kOutput, kDevice, kInternal when a loss
/// is not finite (the last checkpoint stays).
GANFACE_API bool train_generator(const TrainingOptions& options, TrainingObserver& observer);

/// Rank of this process among those that train together, from the environment; 0 when alone. Throws
/// Error(kUsage) as train_generator() does.
GANFACE_API int training_rank();

}  // namespace ganface
