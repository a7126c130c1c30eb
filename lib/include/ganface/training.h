// SPDX-License-Identifier: MIT
// Owns the public face of training: options, progress, and the one call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace ganface {

/// What and how to train. Defaults are the reference recipe (method.md section 2; Radford et al.
/// 2016), with k = 1.
struct TrainingOptions {
  std::filesystem::path
      folder;                 ///< JPEG and PNG files at any depth: LFW photographs or square crops
  std::filesystem::path out;  ///< the model file to write, ending in .safetensors

  int image_size = 64;              ///< pixels; a power of two from 16 to 256
  int generator_channels = 64;      ///< ngf
  int discriminator_channels = 64;  ///< ndf
  int latent_size = 100;
  int batch_size = 64;          ///< m
  int discriminator_steps = 1;  ///< k: D's updates for each of G's
  int epochs = 30;
  double learning_rate = 2e-4;          ///< Adam, both networks
  double beta1 = 0.5;                   ///< Adam's first moment decay
  std::string loss = "non-saturating";  ///< or saturating, hinge
  /// Differentiable augmentations (Zhao et al. 2020): none, or some of color, translation and
  /// cutout separated by commas.
  std::string augmentation = "none";
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

/// The state of the game after a step.
struct TrainingProgress {
  int64_t step = 0;   ///< batches of G done, this one included
  int64_t steps = 0;  ///< batches of G in the whole run
  double epoch = 0;
  double images_per_second = 0;
  double value = 0;       ///< V = E[log D(x)] + E[log(1 - D(G(z)))], running mean
  double divergence = 0;  ///< JS estimate (V + log 4) / 2; log 2 = D has won
  double real_score = 0;  ///< mean D(x)
  double fake_score = 0;  ///< mean D(G(z))
  bool checkpointed = false;
};

/// Trains a DCGAN and writes `out`, `out`.train/log.jsonl, sample grids and a checkpoint beside it.
/// `observe` is called after each step and returns false to stop: a checkpoint is then written and
/// the model is not. A resumed run equals an uninterrupted one. Returns true when the run is
/// complete. Throws Error: kUsage for options, kInput for the folder, kOutput, kDevice.
bool train_generator(const TrainingOptions& options,
                     const std::function<bool(const TrainingProgress&)>& observe);

/// What and how to train an encoder with, for a generator that is trained already.
struct EncoderTrainingOptions {
  std::filesystem::path folder;       ///< as TrainingOptions::folder
  std::string model = "lfw-dcgan64";  ///< name or path of the generator's model
  std::filesystem::path out;          ///< the same model with its encoder, ending in .safetensors
  int batch_size = 64;
  int epochs = 10;
  double learning_rate = 5e-4;  ///< Adam's first step size; it falls to 0 along a cosine
  double realism = 0.01;        ///< weight of -log(1 - D(G(E(y)))), which keeps faces sharp
  uint64_t seed = 1;
  std::string device = "auto";
  std::string data_name;  ///< as TrainingOptions::data_name

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// The state of an encoder's training after a step. Running means.
struct EncoderProgress {
  int64_t step = 0, steps = 0;
  double epoch = 0;
  double images_per_second = 0;
  double loss = 0;
  double hole_error = 0;  ///< mean absolute error in the hole, images in [-1, 1]
};

/// Trains E(y, M) -> z so that G(z) is the undamaged face, over holes of every kind, with G fixed,
/// and writes `out`. `observe` returns false to stop: nothing is then written. Returns true when
/// the run is complete. Throws Error as train_generator().
bool train_encoder(const EncoderTrainingOptions& options,
                   const std::function<bool(const EncoderProgress&)>& observe);

}  // namespace ganface
