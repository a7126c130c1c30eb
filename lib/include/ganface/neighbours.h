// SPDX-License-Identifier: MIT
// Owns the search of the training images for those that generated faces may be copies of.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace ganface {

/// What to compare.
struct NeighbourOptions {
  std::string model;             ///< name or path of a generator
  std::filesystem::path folder;  ///< its training images
  std::filesystem::path unseen;  ///< images of people it was not trained on; empty = none
  int count = 64;                ///< generated faces; 1 to 4096
  uint64_t seed = 1;             ///< of their z
  std::string device = "auto";
};

/// Distances are root mean square differences at 32 px, in 8-bit levels, to the nearest training
/// image or its mirror image; medians.
struct Neighbours {
  double generated = 0;  ///< of the generated faces
  double unseen = 0;     ///< of the unseen images; 0 without any. Copies would be much nearer
  Image sheet;           ///< generated face and nearest training image side by side, 8 pairs a row
};

/// Throws Error(kModel), Error(kInput), Error(kUsage).
GANFACE_API Neighbours find_neighbours(const NeighbourOptions& options);

}  // namespace ganface
