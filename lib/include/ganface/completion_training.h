// SPDX-License-Identifier: MIT
// Owns the public face of training the network that completes faces in one pass.
#pragma once

#include <ganface/api.h>
#include <ganface/network_training.h>

namespace ganface {

/// What and how to train; each person's photographs lie in a folder. A training goes on with the
/// snapshot of another.
struct GANFACE_API CompletionTrainingOptions : SyntheticTrainingOptions {
  CompletionTrainingOptions() { batch_size = 16; }

  /// "completion", or "sharpening": fits the filter that gives the completions of a finished model,
  /// `from`, the fine detail of the photographs, and writes that model with it.
  std::string network = "completion";
  /// Name or path of the generator, with an encoder, whose prior sample the network sees and that
  /// is written to `out` with it; where `from` has one of its own that stays. Empty: none.
  std::string prior;
  /// Weight of the critic's judgement; 0 = no critic. 0 to 10.
  double adversarial = 0;
  /// Normalise by the running statistics of the model that the training goes on with, as in use,
  /// and not by each batch's, whose noise costs accuracy.
  bool fixed_statistics = false;
  /// Weight of the distance from the truth in the critic's features; 0 to 100.
  double feature_matching = 0;

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// Trains a completion network, and logs its running means beside `out` (.completion.jsonl). The
/// progress's error is the root mean square error in the hole, mean over faces, images in [-1, 1].
/// When `observe` stops it, `out` is not written. Returns true when the run is complete. Throws
/// Error as train_generator().
GANFACE_API bool train_completion(const CompletionTrainingOptions& options,
                                  const NetworkObserver& observe);

/// Writes a sheet of `count` training pictures (damaged, hole, reference, truth) as PNG. Throws
/// Error(kUsage), Error(kInput), Error(kOutput).
GANFACE_API void write_completion_samples(const std::filesystem::path& folder, int count,
                                          uint64_t seed, const std::filesystem::path& file);

}  // namespace ganface
