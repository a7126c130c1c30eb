// SPDX-License-Identifier: MIT
// Owns the public face of training the networks that find faces and what covers them.
#pragma once

#include <ganface/api.h>
#include <ganface/network_training.h>

namespace ganface {

/// What and how to train. The other networks of the model `from` are written to `out` too; its
/// network of this kind is the start.
struct GANFACE_API FaceMaskTrainingOptions : SyntheticTrainingOptions {
  FaceMaskTrainingOptions() { batch_size = 32; }

  /// detector (faces in a picture), aligner (their exact place) or segmenter (what covers them),
  /// which needs a folder with labels (docs/training.md).
  std::string network;

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// Trains one network of a facemask model on synthetic pictures made of the photographs, and logs
/// its running means beside `out` (.NETWORK.jsonl). The
/// progress's error is, for detector and aligner, the mean distance of the canonical square's
/// corners from the truth in shares of its side, and for the segmenter the share of pixels that are
/// wrong. When `observe` stops it, `out` is not written. Returns true when the run is complete.
/// Throws Error as train_generator().
GANFACE_API bool train_facemask(const FaceMaskTrainingOptions& options,
                                const NetworkObserver& observe);

/// Writes a sheet of `count` training pictures of one network with their truth, as PNG. Throws
/// Error(kUsage), Error(kInput), Error(kOutput).
GANFACE_API void write_facemask_samples(const std::filesystem::path& folder,
                                        const std::string& network, int count, uint64_t seed,
                                        const std::filesystem::path& file);

}  // namespace ganface
