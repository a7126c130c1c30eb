// SPDX-License-Identifier: MIT
// Owns the running means of a training run and its log of JSON lines.
#pragma once

#include <ganface/training.h>

#include <filesystem>
#include <fstream>

#include "train/adversarial/adversarial_game.h"
#include "train/loop/checkpoint.h"

namespace ganface::train {

/// Running means of what the game reports, over about 20 steps.
class RunningMeans {
 public:
  /// `images` and `seconds` of one step.
  void add(const GameReport& report, double images, double seconds);
  /// Sets the means of `progress`.
  void tell(TrainingProgress& progress) const;

  /// The means of the game, for a checkpoint; the rate is measured anew.
  void save(RunState& state) const;
  void restore(const RunState& state);

 private:
  GameReport mean_;
  double images_per_second_ = 0;
  bool has_report_ = false, has_rate_ = false;
};

/// A file of one JSON object a line.
class TrainingLog {
 public:
  /// Opens `file` and cuts off what was written after step `step`, by a run that was killed later
  /// than its last checkpoint, and a line torn in writing. Throws Error(kOutput).
  TrainingLog(const std::filesystem::path& file, int64_t step);

  void write(const TrainingProgress& progress);
  void write(const std::vector<LayerVariance>& layers);

 private:
  void write_line(const std::string& line);

  const std::filesystem::path file_;
  std::ofstream stream_;
};

}  // namespace ganface::train
