// SPDX-License-Identifier: MIT
// Owns what a generator's training run leaves: the model's file and grids of its samples.
#pragma once

#include <ganface/training.h>

#include <filesystem>
#include <map>
#include <string>

#include "train/adversarial/adversarial_game.h"
#include "train/loop/run_data.h"

namespace ganface::train {

/// A run's networks as they are shipped: running means of their weights, with batch norm statistics
/// of their own. Options, data and game must outlive the object.
class ShippedModel {
 public:
  ShippedModel(const TrainingOptions& options, const RunData& data, const AdversarialGame& game)
      : options_(options), data_(data), game_(game) {}

  /// What the generator makes of the same z after every epoch, as a PNG file in `folder`.
  void write_samples(const std::filesystem::path& folder, int64_t epoch,
                     const torch::Device& device) const;
  /// The file that the options name, with the recipe as metadata.
  void write(const std::map<std::string, std::string>& recipe) const;

 private:
  struct Networks {
    nn::Generator generator;
    nn::Encoder encoder;  // empty without one
  };
  Networks networks(int batches) const;

  const TrainingOptions& options_;
  const RunData& data_;
  const AdversarialGame& game_;
};

}  // namespace ganface::train
