// SPDX-License-Identifier: MIT
// Owns what the trainers of single networks share: the falling step size and the running means.
#include "train/loop/schedule.h"

#include <ganface/error.h>

#include <cmath>
#include <string>

namespace ganface {

void NetworkTrainingOptions::validate() const {
  const auto expect = [](bool valid, const std::string& what) {
    if (!valid) throw Error(ErrorCode::kUsage, what);
  };
  expect(!folder.empty(), "no folder of training images was given");
  expect(out.extension() == ".safetensors",
         "the model file '" + out.string() + "' must end in .safetensors");
  expect(batch_size >= 2 && batch_size <= 4096, "batch size must be 2 to 4096");
  expect(epochs >= 1 && epochs <= 100000, "epochs must be 1 to 100000");
  expect(learning_rate > 0 && learning_rate <= 1, "learning rate must be above 0, at most 1");
}

void SyntheticTrainingOptions::validate() const {
  NetworkTrainingOptions::validate();
  if (!(snapshot_minutes > 0)) throw Error(ErrorCode::kUsage, "snapshot minutes must be above 0");
}

namespace train {
namespace {

constexpr double kKeptOfGrades = 0.98;

}  // namespace

void set_cosine_rate(torch::optim::Adam& optimiser, double first, double done) {
  static_cast<torch::optim::AdamOptions&>(optimiser.param_groups().front().options())
      .lr(first * (1 + std::cos(M_PI * done)) / 2);
}

ProgressMeter::ProgressMeter(int64_t steps_per_epoch, int64_t epochs, int64_t batch_size)
    : steps_per_epoch_(static_cast<double>(steps_per_epoch)),
      batch_size_(static_cast<double>(batch_size)) {
  progress_.steps = steps_per_epoch * epochs;
}

const NetworkProgress& ProgressMeter::add(double loss, double error) {
  ++progress_.step;
  if (!std::isfinite(loss))
    throw Error(ErrorCode::kInternal, "training diverged at step " +
                                          std::to_string(progress_.step) +
                                          ": the loss is not finite; try a lower learning rate");
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - previous_).count();
  previous_ = now;
  const double memory = progress_.step == 1 ? 0 : kKeptOfGrades;
  const auto blend = [memory](double& mean, double value) {
    mean = memory * mean + (1 - memory) * value;
  };
  blend(seconds_per_step_, seconds);
  blend(progress_.loss, loss);
  blend(progress_.error, error);
  progress_.epoch = static_cast<double>(progress_.step) / steps_per_epoch_;
  progress_.images_per_second = batch_size_ / seconds_per_step_;
  return progress_;
}

int64_t count_batches(const std::filesystem::path& folder, int64_t images, int64_t batch_size) {
  if (images < batch_size)
    throw Error(ErrorCode::kInput,
                "folder '" + folder.string() + "' holds " + std::to_string(images) +
                    " images, fewer than one batch of " + std::to_string(batch_size));
  return images / batch_size;
}

}  // namespace train
}  // namespace ganface
