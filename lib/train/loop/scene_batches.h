// SPDX-License-Identifier: MIT
// Owns what trainings on painted pictures share: their random numbers, drawing and logs.
#pragma once

#include <ganface/network_training.h>

#include <filesystem>
#include <string>
#include <vector>

#include "nn/runtime/parallel_for.h"
#include "train/synthetic/painting.h"

namespace ganface::train {

/// Random numbers of a step's samples: a function of seed, step and place in the batch.
std::vector<Random> randoms_of(uint64_t seed, int64_t step, int64_t count);

/// Calls draw(i, random) for each sample of a batch, in parallel.
template <typename Draw>
void for_each_sample(const std::vector<Random>& random, Draw draw) {
  nn::parallel_for(static_cast<int64_t>(random.size()), [&](int64_t i) {
    Random own = random[static_cast<size_t>(i)];
    draw(static_cast<size_t>(i), own);
  });
}

/// What a training on painted pictures does; run_training() owns the loop.
class SyntheticTraining {
 public:
  struct Step {
    double loss = 0, error = 0;
  };

  virtual ~SyntheticTraining() = default;
  /// One step of the optimiser; `done`: share of the run that lies behind, 0 to 1.
  virtual Step step(int64_t number, double done) = 0;
  /// Further members of the log's objects, each preceded by a comma.
  virtual std::string figures() const { return {}; }
  /// Writes the model as it is, finished or to go on with.
  virtual void write(const NetworkProgress& progress, const std::filesystem::path& file,
                     bool finished) = 0;
  /// Whether the snapshot holds what the finished model lacks, and stays.
  virtual bool keeps_snapshot() const { return false; }
};

/// Takes the steps of a training on `photographs` photographs, and writes its log, its snapshots
/// and, unless `observe` stops it, the model. Returns true when the run is complete. Throws Error.
bool run_training(SyntheticTraining& training, const SyntheticTrainingOptions& options,
                  const std::string& network, size_t photographs, const NetworkObserver& observe);

}  // namespace ganface::train
