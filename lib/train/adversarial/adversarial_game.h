// SPDX-License-Identifier: MIT
// Owns the players of the game and one iteration of it (Goodfellow et al. 2014).
#pragma once

#include <torch/optim/adam.h>

#include <memory>

#include "models/model_file.h"
#include "models/networks.h"
#include "nn/layers/losses.h"
#include "train/adversarial/augmentation.h"
#include "train/adversarial/inversion_player.h"
#include "train/loop/random_source.h"

namespace ganface::train {

/// How the game is played.
struct GameOptions {
  nn::NetworkOptions networks;
  nn::Initialisation initialisation = nn::Initialisation::kDcgan;
  double learning_rate = 2e-4;
  double beta1 = 0.5;
  nn::AdversarialLoss loss = nn::AdversarialLoss::kNonSaturating;
  Augmentation augmentation;
  double ema_decay = 0.998;
  double gradient_penalty = 0;  ///< R1's weight γ, at every 16th iteration 16 times; 0 = off
  double reconstruction = 0;    ///< weight of InversionPlayer::loss; 0 = no encoder plays
};

/// What one iteration saw. Scores are means of D's output, a probability.
struct GameReport {
  double value = 0;  ///< V = E[log D(x)] + E[log(1 - D(G(z)))]
  double real_score = 0;
  double fake_score = 0;
  double reconstruction = 0;  ///< InversionPlayer::loss
};

/// Generator, discriminator, their optimisers and the running mean of the generator; with
/// GameOptions::reconstruction an encoder as well.
/// Source: Goodfellow et al. 2014, algorithm 1. Deviation: the noise of D's last step serves G's
/// step too, so that G runs forward once an iteration. With an encoder, D judges half of its faces
/// beside those of the noise.
class AdversarialGame {
 public:
  /// Fresh networks, initialised from `seed`.
  AdversarialGame(const GameOptions& options, const nn::Execution& execution, uint64_t seed);

  /// Takes the weights of `model` in place of fresh ones, those of its encoder where both have one.
  /// Throws Error(kUsage) when its networks are of other sizes or forms.
  void start_from(const nn::Model& model);

  /// Iteration number `step`: k updates of D, then one of G. real: k batches [m, 3, S, S] in
  /// [-1, 1]; z: k of [m, latent]. `random` feeds augmentations and holes.
  GameReport play(int64_t step, const std::vector<at::Tensor>& real,
                  const std::vector<at::Tensor>& z, RandomSource& random);

  /// The generator to ship: running-mean weights with batch norm statistics estimated anew over the
  /// batches `z`; evaluation mode. Takes no other process.
  nn::Generator averaged_generator(const std::vector<at::Tensor>& z) const;

  /// Likewise the encoder, over damaged faces; `faces` not empty.
  nn::Encoder averaged_encoder(const std::vector<DamagedBatch>& faces) const;

  nn::Generator generator;
  nn::Discriminator discriminator;
  nn::Generator average;  ///< running mean of generator's parameters
  torch::optim::Adam generator_optimiser;
  torch::optim::Adam discriminator_optimiser;
  std::unique_ptr<InversionPlayer> inversion;  ///< null without an encoder

 private:
  void step_discriminator(int64_t step, const at::Tensor& real, const at::Tensor& fake,
                          int64_t from_noise, GameReport& report, RandomSource& random);
  void share_gradients(torch::nn::Module& network) const;

  GameOptions options_;
  nn::Execution execution_;
};

/// Variances at the start, of every layer of both networks: activations as the batch passes, and
/// gradients of G's loss in G and of D's loss in D. Changes no network.
std::vector<std::pair<std::string, nn::LayerRecord>> measure_layers(AdversarialGame& game,
                                                                    const at::Tensor& real,
                                                                    const at::Tensor& z,
                                                                    nn::AdversarialLoss loss);

}  // namespace ganface::train
