// SPDX-License-Identifier: MIT
// Owns what trainings on painted pictures share: their random numbers, drawing and logs.
#include "train/loop/scene_batches.h"

#include <ganface/error.h>

#include <chrono>
#include <fstream>
#include <system_error>

#include "train/loop/schedule.h"

namespace ganface::train {
namespace {

constexpr int64_t kInterval = 200;  // steps between lines

std::filesystem::path log_file(std::filesystem::path model, const std::string& network) {
  return model.replace_extension(network + ".jsonl");
}

// The running means of a training, a JSON object in a line for every so many steps, in a file
// beside the model's: MODEL.NETWORK.jsonl.
class RunLog {
 public:
  RunLog(const std::filesystem::path& model, const std::string& network)
      : file_(log_file(model, network)), stream_(file_) {}

  void add(const NetworkProgress& progress, const std::string& more) {
    if (progress.step % kInterval != 0 && progress.step != progress.steps) return;
    stream_ << "{\"step\": " << progress.step << ", \"epoch\": " << progress.epoch
            << ", \"loss\": " << progress.loss << ", \"error\": " << progress.error << more << "}"
            << std::endl;
    if (!stream_) throw Error(ErrorCode::kOutput, "cannot write '" + file_.string() + "'");
  }

 private:
  std::filesystem::path file_;
  std::ofstream stream_;
};

}  // namespace

std::vector<Random> randoms_of(uint64_t seed, int64_t step, int64_t count) {
  std::vector<Random> randoms;
  for (int64_t i = 0; i < count; ++i)
    randoms.emplace_back(seed * 0x9e3779b97f4a7c15u + static_cast<uint64_t>(step * count + i));
  return randoms;
}

bool run_training(SyntheticTraining& training, const SyntheticTrainingOptions& options,
                  const std::string& network, size_t photographs, const NetworkObserver& observe) {
  using Clock = std::chrono::steady_clock;
  ProgressMeter meter(
      count_batches(options.folder, static_cast<int64_t>(photographs), options.batch_size),
      options.epochs, options.batch_size);
  std::filesystem::path snapshot = options.out;
  snapshot.replace_extension(".snapshot.safetensors");
  RunLog log(options.out, network);
  auto written = Clock::now();
  while (meter.progress().step < meter.progress().steps) {
    const int64_t number = meter.progress().step;
    const SyntheticTraining::Step step = training.step(
        number, static_cast<double>(number) / static_cast<double>(meter.progress().steps));
    const NetworkProgress& progress = meter.add(step.loss, step.error);
    log.add(progress, training.figures());
    const bool goes_on = observe(progress);
    if (!goes_on && progress.step < progress.steps) return false;
    if (Clock::now() - written > std::chrono::duration<double>(60 * options.snapshot_minutes)) {
      training.write(progress, snapshot, false);
      written = Clock::now();
    }
  }
  if (training.keeps_snapshot()) training.write(meter.progress(), snapshot, false);
  training.write(meter.progress(), options.out, true);
  std::error_code ignored;
  if (!training.keeps_snapshot()) std::filesystem::remove(snapshot, ignored);
  return true;
}

}  // namespace ganface::train
