// SPDX-License-Identifier: MIT
// Owns what trainings on painted pictures share: their random numbers, drawing and logs.
#include "train/scene_batches.h"

#include <ganface/error.h>

namespace ganface::train {
namespace {

constexpr int64_t kInterval = 200;  // steps between lines

std::filesystem::path log_file(std::filesystem::path model, const std::string& network) {
  return model.replace_extension(network + ".jsonl");
}

}  // namespace

std::vector<Random> randoms_of(uint64_t seed, int64_t step, int64_t count) {
  std::vector<Random> randoms;
  for (int64_t i = 0; i < count; ++i)
    randoms.emplace_back(seed * 0x9e3779b97f4a7c15u + static_cast<uint64_t>(step * count + i));
  return randoms;
}

RunLog::RunLog(const std::filesystem::path& model, const std::string& network)
    : file_(log_file(model, network)), stream_(file_) {}

void RunLog::add(const NetworkProgress& progress, const std::string& more) {
  if (progress.step % kInterval != 0 && progress.step != progress.steps) return;
  stream_ << "{\"step\": " << progress.step << ", \"epoch\": " << progress.epoch
          << ", \"loss\": " << progress.loss << ", \"error\": " << progress.error << more << "}"
          << std::endl;
  if (!stream_) throw Error(ErrorCode::kOutput, "cannot write '" + file_.string() + "'");
}

}  // namespace ganface::train
