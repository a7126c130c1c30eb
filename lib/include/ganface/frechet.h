// SPDX-License-Identifier: MIT
// Owns the measurement of how far generated faces are, as a whole, from real ones.
#pragma once

#include <ganface/api.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace ganface {

/// What to compare.
struct FrechetOptions {
  std::string model;                        ///< name or path of a generator; or a folder of images
  std::filesystem::path folder;             ///< real images, as TrainingOptions::folder
  std::string features = "lfw-features64";  ///< name or path of a feature network
  int samples = 10000;                      ///< generated faces; 2 or more
  uint64_t seed = 1;                        ///< of their z
  std::string device = "auto";
};

/// Fréchet distances between normal distributions fitted to both sets.
struct FrechetDistances {
  int64_t samples = 0;  ///< of the model, or images of its folder
  int64_t images = 0;   ///< real ones
  double pixels = 0;  ///< in the first 64 principal components of the real images at 32 px, [-1, 1]
  double features = 0;  ///< in the features of the network
};

/// Source: Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter, NeurIPS 2017. Deviation: other
/// features, so that figures compare only with figures of the same network. Two sets of one
/// distribution have a distance above 0, which falls with their sizes. Throws Error(kModel),
/// Error(kInput), Error(kUsage).
GANFACE_API FrechetDistances frechet_distances(const FrechetOptions& options);

}  // namespace ganface
