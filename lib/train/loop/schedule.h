// SPDX-License-Identifier: MIT
// Owns what the trainers of single networks share: the falling step size and the running means.
#pragma once

#include <ganface/network_training.h>
#include <torch/optim/adam.h>

#include <chrono>
#include <filesystem>

namespace ganface::train {

/// Sets Adam's step size to `first` falling to 0 along a cosine; `done`: share of the run, 0 to 1.
void set_cosine_rate(torch::optim::Adam& optimiser, double first, double done);

/// Keeps a NetworkProgress up to date.
class ProgressMeter {
 public:
  ProgressMeter(int64_t steps_per_epoch, int64_t epochs, int64_t batch_size);

  /// After a step. Throws Error(kInternal) when `loss` is not finite.
  const NetworkProgress& add(double loss, double error);
  const NetworkProgress& progress() const { return progress_; }

 private:
  using Clock = std::chrono::steady_clock;

  const double steps_per_epoch_, batch_size_;
  NetworkProgress progress_;
  Clock::time_point previous_ = Clock::now();
  double seconds_per_step_ = 0;
};

/// Batches of `batch_size` in one epoch of `images` images. Throws Error(kInput) naming `folder`
/// when there is none.
int64_t count_batches(const std::filesystem::path& folder, int64_t images, int64_t batch_size);

}  // namespace ganface::train
