// SPDX-License-Identifier: MIT
// Owns the running means of a training run and its log of JSON lines.
#include "train/loop/training_log.h"

#include <ganface/error.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "train/loop/log_lines.h"

namespace ganface::train {
namespace {

constexpr double kKept = 0.95;

constexpr std::pair<const char*, double GameReport::*> kMeans[] = {
    {"value", &GameReport::value},
    {"real_score", &GameReport::real_score},
    {"fake_score", &GameReport::fake_score},
    {"reconstruction", &GameReport::reconstruction}};

}  // namespace

void RunningMeans::add(const GameReport& report, double images, double seconds) {
  for (const auto& [name, field] : kMeans)
    mean_.*field = has_report_ ? kKept * mean_.*field + (1 - kKept) * report.*field : report.*field;
  has_report_ = true;
  // Means of times per image, so that a slow step counts as long as it took.
  const double rate = images / seconds;
  images_per_second_ = has_rate_ ? 1 / (kKept / images_per_second_ + (1 - kKept) / rate) : rate;
  has_rate_ = true;
}

void RunningMeans::tell(TrainingProgress& progress) const {
  progress.value = mean_.value;
  progress.divergence = (mean_.value + std::log(4.0)) / 2;
  progress.real_score = mean_.real_score;
  progress.fake_score = mean_.fake_score;
  progress.reconstruction = mean_.reconstruction;
  progress.images_per_second = images_per_second_;
}

void RunningMeans::save(RunState& state) const {
  for (const auto& [name, field] : kMeans) {
    char text[32];
    std::snprintf(text, sizeof text, "%a", mean_.*field);  // hexadecimal: exact
    state[name] = text;
  }
}

void RunningMeans::restore(const RunState& state) {
  for (const auto& [name, field] : kMeans) {
    const auto entry = state.find(name);
    if (entry != state.end()) mean_.*field = std::strtod(entry->second.c_str(), nullptr);
  }
  has_report_ = true;
}

TrainingLog::TrainingLog(const std::filesystem::path& file, int64_t step) : file_(file) {
  core::write_atomically(file, [&](const std::filesystem::path& temporary) {
    std::ofstream(temporary) << (step > 0 ? lines_until(file, step) : "");
  });
  stream_.open(file, std::ios::app);
}

void TrainingLog::write(const TrainingProgress& progress) {
  nlohmann::json entry{{"step", progress.step},
                       {"epoch", progress.epoch},
                       {"images_per_second", progress.images_per_second},
                       {"value", progress.value},
                       {"divergence", progress.divergence},
                       {"real_score", progress.real_score},
                       {"fake_score", progress.fake_score}};
  if (progress.reconstruction != 0) entry["reconstruction"] = progress.reconstruction;
  write_line(entry.dump());
}

void TrainingLog::write(const std::vector<LayerVariance>& layers) {
  auto list = nlohmann::json::array();
  for (const LayerVariance& layer : layers)
    list.push_back({{"network", layer.network},
                    {"layer", layer.layer},
                    {"activation", layer.activation},
                    {"gradient", layer.gradient}});
  write_line(nlohmann::json{{"step", 0}, {"variances", list}}.dump());
}

void TrainingLog::write_line(const std::string& line) {
  stream_ << line << std::endl;
  if (!stream_)
    throw Error(ErrorCode::kOutput,
                "cannot write '" + file_.string() + "'; is the disk full? Free some and --resume");
}

}  // namespace ganface::train
