// SPDX-License-Identifier: MIT
// Owns what trainings on painted pictures share: their random numbers, drawing and logs.
#pragma once

#include <ATen/Parallel.h>
#include <ganface/network_training.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "train/scene/painting.h"

namespace ganface::train {

/// Random numbers of a step's samples: a function of seed, step and place in the batch.
std::vector<Random> randoms_of(uint64_t seed, int64_t step, int64_t count);

/// Calls draw(i, random) for each sample of a batch, in parallel.
template <typename Draw>
void for_each_sample(const std::vector<Random>& random, Draw draw) {
  at::parallel_for(0, static_cast<int64_t>(random.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Random own = random[static_cast<size_t>(i)];
      draw(static_cast<size_t>(i), own);
    }
  });
}

/// The running means of a training, a JSON object in a line for every so many steps, in a file
/// beside the model's: MODEL.NETWORK.jsonl.
class RunLog {
 public:
  RunLog(const std::filesystem::path& model, const std::string& network);

  /// `more`: further members of the object, each preceded by a comma. Throws Error(kOutput).
  void add(const NetworkProgress& progress, const std::string& more = "");

 private:
  std::filesystem::path file_;
  std::ofstream stream_;
};

}  // namespace ganface::train
