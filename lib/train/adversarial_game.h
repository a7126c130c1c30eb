// SPDX-License-Identifier: MIT
// Owns the players of the game and one iteration of it (method.md section 2).
#pragma once

#include <torch/optim/adam.h>

#include "gan/losses.h"
#include "gan/networks.h"
#include "train/augmentation.h"

namespace ganface::train {

/// How the game is played.
struct GameOptions {
  gan::NetworkOptions networks;
  double learning_rate = 2e-4;
  double beta1 = 0.5;
  gan::AdversarialLoss loss = gan::AdversarialLoss::kNonSaturating;
  Augmentation augmentation;
  double ema_decay = 0.998;
};

/// What one iteration saw. Scores are means of D's output, a probability.
struct GameReport {
  double value = 0;  ///< V = E[log D(x)] + E[log(1 - D(G(z)))]
  double real_score = 0;
  double fake_score = 0;
};

/// Generator, discriminator, their optimisers and the running mean of the generator.
/// Source: Goodfellow et al. 2014, algorithm 1. Deviation: the noise of D's last step serves G's
/// step too, so that G runs forward once an iteration.
class AdversarialGame {
 public:
  /// Fresh networks, initialised from `seed` (DCGAN's initialisation).
  AdversarialGame(const GameOptions& options, const gan::Execution& execution, uint64_t seed);

  /// k updates of D, then one of G. real: k batches [m, 3, S, S] in [-1, 1]; z: k of [m, latent].
  /// `random` feeds the augmentations.
  GameReport play(const std::vector<at::Tensor>& real, const std::vector<at::Tensor>& z,
                  at::Generator& random);

  /// The generator to ship: running-mean weights with batch norm statistics estimated anew over
  /// `batches` batches of noise drawn from `seed`; evaluation mode.
  gan::Generator averaged_generator(int batches, int64_t batch_size, uint64_t seed) const;

  gan::Generator generator;
  gan::Discriminator discriminator;
  gan::Generator average;  ///< running mean of generator's parameters
  torch::optim::Adam generator_optimiser;
  torch::optim::Adam discriminator_optimiser;

 private:
  GameOptions options_;
  gan::Execution execution_;
};

}  // namespace ganface::train
