// SPDX-License-Identifier: MIT
// Owns the training set: a folder of face images held decoded in memory.
#pragma once

#include <torch/types.h>

#include <filesystem>

namespace ganface::train {

/// The canonical crops of a folder, in the order of their paths.
class ImageFolder {
 public:
  /// Reads every image. Throws Error(kInput) naming the first that cannot be used.
  ImageFolder(const std::filesystem::path& folder, int image_size);

  int64_t size() const { return crops_.size(0); }
  /// The images at `indices` [N] as float32 [N, 3, S, S] in [-1, 1]; where `mirrored` [N] (bool)
  /// is set, flipped left to right.
  at::Tensor batch(const at::Tensor& indices, const at::Tensor& mirrored) const;

 private:
  at::Tensor crops_;  // uint8 [N, S, S, 3]
};

}  // namespace ganface::train
