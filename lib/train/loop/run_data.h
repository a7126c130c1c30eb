// SPDX-License-Identifier: MIT
// Owns what a generator's training run is fed: images in their order, and random numbers.
#pragma once

#include <ganface/training.h>

#include <utility>
#include <vector>

#include "eval/image_folder.h"
#include "nn/runtime/process_group.h"
#include "train/adversarial/inversion_player.h"
#include "train/loop/random_source.h"

namespace ganface::train {

/// The images and random numbers of one run. Every number is a function of the seed and the step,
/// so that a resumed run needs no saved generator state. Everything on the CPU but images and z of
/// steps().
class RunData {
 public:
  /// Reads the folder. Throws Error(kInput), and Error(kUsage) when it holds too few images for a
  /// step.
  RunData(const TrainingOptions& options, const nn::ProcessPlace& place,
          const torch::Device& device);

  const ImageFolder& folder() const { return folder_; }
  /// Updates of G in an epoch.
  int64_t steps_per_epoch() const { return steps_per_epoch_; }

  /// What the game is played with at a step: a batch for each of D's updates.
  struct Step {
    std::vector<at::Tensor> real;  ///< [batch, 3, S, S]
    std::vector<at::Tensor> z;     ///< [batch, latent]
    RandomSource random;           ///< for what else is drawn
  };
  /// This process's part of a step's. Steps are asked for in order.
  Step step(int64_t number);

  /// Images and z to measure fresh networks with.
  std::pair<at::Tensor, at::Tensor> first_batch() const;
  /// Damaged images, the same in every process, to estimate an encoder's statistics with.
  DamagedBatch damaged_batch(int64_t number) const;

 private:
  uint64_t seed_of(uint64_t stream, int64_t number) const;
  RandomSource shared_source(uint64_t stream, int64_t number) const;
  at::Tensor draw_mirrored(RandomSource& random) const;

  const TrainingOptions options_;
  const nn::ProcessPlace place_;
  const torch::Device device_;
  const ImageFolder folder_;
  const int64_t steps_per_epoch_;
  at::Tensor order_;  // of the images in an epoch
  int64_t order_epoch_ = -1;
};

}  // namespace ganface::train
