// SPDX-License-Identifier: MIT
// Owns the random numbers of a training step, and how several processes share them.
#include "train/loop/random_source.h"

#include <ATen/CPUGeneratorImpl.h>

#include <vector>

namespace ganface::train {

RandomSource::RandomSource(uint64_t seed, int rank, int size)
    : generator_(at::detail::createCPUGenerator(seed)), rank_(rank), size_(size) {}

at::Tensor RandomSource::own_part(const at::Tensor& all, int64_t count) const {
  return all.slice(0, rank_ * count, (rank_ + 1) * count);
}

at::Tensor RandomSource::uniform(int64_t count, at::IntArrayRef shape) {
  std::vector<int64_t> sizes{count * size_};
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  return own_part(at::rand(sizes, generator_), count);
}

at::Tensor RandomSource::whole(int64_t count, int64_t low, int64_t high) {
  return own_part(
      at::randint(low, high + 1, {count * size_}, generator_, at::TensorOptions(torch::kInt64)),
      count);
}

at::Tensor RandomSource::latent(int64_t count, int64_t latent_size) {
  return uniform(count, {latent_size}) * 2 - 1;
}

}  // namespace ganface::train
