// SPDX-License-Identifier: MIT
// Owns the random numbers of a training step, and how several processes share them.
#pragma once

#include <torch/types.h>

namespace ganface::train {

/// Random numbers for the images of one batch. Processes that train together draw the numbers of
/// the whole batch alike, and each takes its own part: n processes see what one would with n times
/// the batch. The numbers are a function of the seed alone, the same on every device.
class RandomSource {
 public:
  /// The part of `rank` of `size` processes.
  explicit RandomSource(uint64_t seed, int rank = 0, int size = 1);

  /// [count, shape…] uniform in [0, 1), on the CPU.
  at::Tensor uniform(int64_t count, at::IntArrayRef shape = {});
  /// [count] int64, whole numbers from `low` to `high`, both included, on the CPU.
  at::Tensor whole(int64_t count, int64_t low, int64_t high);
  /// [count, latent_size] uniform in [-1, 1], on the CPU.
  at::Tensor latent(int64_t count, int64_t latent_size);

 private:
  at::Tensor own_part(const at::Tensor& all, int64_t count) const;

  at::Generator generator_;
  const int64_t rank_, size_;
};

}  // namespace ganface::train
