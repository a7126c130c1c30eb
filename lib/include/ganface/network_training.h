// SPDX-License-Identifier: MIT
// Owns what trainings of a single network share: options, and what is told as they run.
#pragma once

#include <ganface/api.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace ganface {

/// What every training of a single network is asked.
struct GANFACE_API NetworkTrainingOptions {
  std::filesystem::path
      folder;                 ///< JPEG and PNG files at any depth: LFW photographs or square crops
  std::filesystem::path out;  ///< the model file to write, ending in .safetensors
  int batch_size = 64;
  int epochs = 10;
  double learning_rate = 5e-4;  ///< Adam's first step size; it falls to 0 along a cosine
  uint64_t seed = 1;
  std::string device = "auto";  ///< auto, cpu, cuda or cuda:N
  std::string data_name;        ///< noted in the model file; empty = the folder's name

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// What a training on painted pictures is asked beside. `folder` holds deep-funneled LFW
/// photographs of 250 x 250 pixels.
struct GANFACE_API SyntheticTrainingOptions : NetworkTrainingOptions {
  SyntheticTrainingOptions() { learning_rate = 1.5e-3; }

  /// Name or path of a model to go on with. Empty: none.
  std::string from;
  /// The unfinished model is written beside `out` (.snapshot.safetensors) at this interval.
  double snapshot_minutes = 3;

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// The state of a training after a step. Running means.
struct NetworkProgress {
  int64_t step = 0, steps = 0;
  double epoch = 0;
  double images_per_second = 0;
  double loss = 0;
  double error = 0;  ///< what the function that trains says it is
};

/// Called after each step; false stops the training.
using NetworkObserver = std::function<bool(const NetworkProgress&)>;

}  // namespace ganface
