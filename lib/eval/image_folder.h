// SPDX-License-Identifier: MIT
// Owns the training set: a folder of face images held decoded in memory.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ganface::train {

/// The canonical crops of a folder, in the order of their paths.
class ImageFolder {
 public:
  /// Reads every image; files that are damaged are left out. Throws Error(kInput) when none is
  /// left, and naming two images that differ in size: which of them to cut to the canonical crop
  /// would be a guess.
  ImageFolder(const std::filesystem::path& folder, int image_size);

  int64_t size() const { return crops_.size(0); }
  /// The files of the crops, in their order.
  const std::vector<std::filesystem::path>& files() const { return files_; }
  /// Files that could not be read, and why.
  struct Skipped {
    std::filesystem::path file;
    std::string reason;
  };
  const std::vector<Skipped>& skipped() const { return skipped_; }
  /// The images at `indices` [N] as float32 [N, 3, S, S] in [-1, 1]; where `mirrored` [N] (bool)
  /// is set, flipped left to right.
  at::Tensor batch(const at::Tensor& indices, const at::Tensor& mirrored) const;
  /// Mean of all images, [3, S, S] in [-1, 1]; with `mirrored`, of them and their mirror images.
  at::Tensor mean(bool mirrored) const;
  /// The images as they are held: uint8 [N, S, S, 3].
  const at::Tensor& pixels() const { return crops_; }

 private:
  at::Tensor crops_;
  std::vector<std::filesystem::path> files_;
  std::vector<Skipped> skipped_;
};

}  // namespace ganface::train
