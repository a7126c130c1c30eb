// SPDX-License-Identifier: MIT
// Owns what a generator's training run is fed: images in their order, and random numbers.
#include "train/loop/run_data.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>

#include "train/loop/schedule.h"

namespace ganface::train {
namespace {

// Streams of random numbers.
constexpr uint64_t kOrder = 0, kSteps = 1, kStatistics = 2, kFirstBatch = 3;

int64_t count_steps(const TrainingOptions& options, int64_t images, int processes) {
  const int64_t whole_batch = int64_t{options.batch_size} * processes;
  const int64_t steps =
      count_batches(options.folder, images, whole_batch) / options.discriminator_steps;
  if (steps < 1)
    throw Error(ErrorCode::kUsage, "batch size x discriminator steps exceeds the number of images");
  return steps;
}

}  // namespace

RunData::RunData(const TrainingOptions& options, const nn::ProcessPlace& place,
                 const torch::Device& device)
    : options_(options),
      place_(place),
      device_(device),
      folder_(options.folder, options.image_size),
      steps_per_epoch_(count_steps(options, folder_.size(), place.size)) {}

RunData::Step RunData::step(int64_t number) {
  const int64_t epoch = number / steps_per_epoch_;
  if (epoch != order_epoch_) {
    order_ = at::randperm(folder_.size(), at::detail::createCPUGenerator(seed_of(kOrder, epoch)));
    order_epoch_ = epoch;
  }
  Step step{{}, {}, shared_source(kSteps, number)};
  const int64_t batch = options_.batch_size;
  for (int64_t k = 0; k < options_.discriminator_steps; ++k) {
    const int64_t first =
        ((number % steps_per_epoch_ * options_.discriminator_steps + k) * place_.size +
         place_.rank) *
        batch;
    step.real.push_back(
        folder_.batch(order_.slice(0, first, first + batch), draw_mirrored(step.random))
            .to(device_));
    step.z.push_back(step.random.latent(batch, options_.latent_size).to(device_));
  }
  return step;
}

std::pair<at::Tensor, at::Tensor> RunData::first_batch() const {
  RandomSource random = shared_source(kFirstBatch, 0);
  const int64_t batch = options_.batch_size;
  const at::Tensor indices = random.whole(batch, 0, folder_.size() - 1);
  const at::Tensor real = folder_.batch(indices, at::zeros({batch}, torch::kBool)).to(device_);
  return {real, random.latent(batch, options_.latent_size).to(device_)};
}

DamagedBatch RunData::damaged_batch(int64_t number) const {
  RandomSource random(seed_of(kStatistics, number));
  const at::Tensor indices = random.whole(options_.batch_size, 0, folder_.size() - 1);
  const at::Tensor mirrored = draw_mirrored(random);
  return damage(folder_.batch(indices, mirrored).to(device_), random);
}

uint64_t RunData::seed_of(uint64_t stream, int64_t number) const {
  return options_.seed * 0x9E3779B97F4A7C15u + stream * 0xBF58476D1CE4E5B9u +
         static_cast<uint64_t>(number);
}

// The numbers of one step, shared among the processes.
RandomSource RunData::shared_source(uint64_t stream, int64_t number) const {
  return RandomSource(seed_of(stream, number), place_.rank, place_.size);
}

at::Tensor RunData::draw_mirrored(RandomSource& random) const {
  return random.uniform(options_.batch_size) < (options_.mirror ? 0.5 : 0.0);
}

}  // namespace ganface::train
