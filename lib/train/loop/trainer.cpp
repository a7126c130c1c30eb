// SPDX-License-Identifier: MIT
// Owns the course of a generator's training run: steps, checkpoints, log, what is told of it.
#include <ATen/ATen.h>
#include <ganface/error.h>
#include <ganface/model_path.h>
#include <ganface/output_file.h>
#include <ganface/training.h>
#include <torch/cuda.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "models/model_file.h"
#include "nn/runtime/process_group.h"
#include "nn/runtime/translate.h"
#include "train/adversarial/adversarial_game.h"
#include "train/loop/checkpoint.h"
#include "train/loop/curves.h"
#include "train/loop/run_data.h"
#include "train/loop/shipped_model.h"
#include "train/loop/training_log.h"
#include "train/loop/training_recipe.h"

namespace ganface {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kLogInterval = 20;        // steps
constexpr double kCurvesInterval = 60;  // seconds, at least
// Of the largest JS estimate, log 2: D has won above, and the game is open again below.
constexpr double kWonShare = 0.98, kOpenShare = 0.9;
constexpr int64_t kWonPatience = 100;  // steps before a lead of D is worth a word

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

// A run's own options after those that the environment sets: with several processes on one machine
// "auto" and "cuda" mean a GPU for each.
nn::Execution place_run(const TrainingOptions& options, const nn::ProcessPlace& place) {
  std::string device = options.device;
  if (place.size > 1 && (device == "cuda" || (device == "auto" && torch::cuda::is_available())))
    device = "cuda:" + std::to_string(place.local_rank);
  nn::Execution execution = nn::choose_execution(device);
  if (place.size > 1) execution.group = std::make_shared<nn::ProcessGroup>(place, execution.device);
  return execution;
}

// Also removes what a killed run left half-written.
fs::path make_work_folder(const TrainingOptions& options, bool is_first) {
  fs::path folder = options.out;
  folder += ".train";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(ErrorCode::kOutput,
                "cannot create folder '" + folder.string() + "': " + error.message());
  if (is_first) remove_left_behind(folder);
  return folder;
}

// One run.
class Run {
 public:
  Run(const TrainingOptions& options, const nn::ProcessPlace& place)
      : options_(options),
        place_(place),
        execution_(place_run(options, place)),
        work_folder_(make_work_folder(options, place.rank == 0)),
        checkpoint_(work_folder_ / "checkpoint.safetensors"),
        data_(options_, place, execution_.device),
        recipe_(train::recipe_of(options, data_.folder().size(), place.size)),
        game_(train::game_options(options), execution_, options.seed),
        model_(options_, data_, game_) {
    if (!options.from.empty() && !options.resume)
      game_.start_from(nn::load_model(find_model(options.from), execution_));
    if (options.centre) {
      const at::Tensor mean = data_.folder().mean(options.mirror);
      game_.discriminator->set_mean(mean);
      if (game_.inversion) game_.inversion->encoder->set_mean(mean);
    }
  }
  Run(const Run&) = delete;  // the model keeps to this run's data and game
  Run& operator=(const Run&) = delete;

  // Whether it came to its end.
  bool play(TrainingObserver& observer) {
    TrainingProgress progress;
    progress.steps = data_.steps_per_epoch() * options_.epochs;
    progress.step = start(observer, progress.steps);
    open_log(progress.step);
    Clock::time_point previous = saved_ = drawn_ = Clock::now();
    while (progress.step < progress.steps) {
      const train::GameReport report = iterate(progress.step);
      ++progress.step;
      const auto now = Clock::now();
      update(progress, report, seconds_between(previous, now));
      previous = now;
      judge(report, progress, observer);
      if (is_first()) write_due(progress, now, observer);
      const bool stopped = !observer.progressed(progress);
      if (anyone(stopped) && progress.step < progress.steps) {
        if (is_first() && !progress.checkpointed) save_checkpoint(progress.step);
        return false;
      }
    }
    if (is_first()) {
      draw_curves(observer);  // here, so that a run that was killed just before makes up for it
      model_.write(recipe_);
    }
    return true;
  }

 private:
  // Writes files and speaks to the user; the others compute.
  bool is_first() const { return place_.rank == 0; }

  bool anyone(bool flag) const { return execution_.group ? execution_.group->any(flag) : flag; }

  // Loads the checkpoint, or measures the fresh networks; tells the observer. Returns the step.
  int64_t start(TrainingObserver& observer, int64_t steps) {
    TrainingStart report;
    report.images = data_.folder().size();
    report.steps = steps;
    report.processes = place_.size;
    for (const auto& skipped : data_.folder().skipped()) {
      report.skipped.push_back(skipped.file);
      observer.warned("skipped: " + skipped.reason);
    }
    if (options_.resume) {
      const train::RunState state = train::load_checkpoint(checkpoint_, game_, recipe_);
      report.step = train::step_of(state, checkpoint_);
      means_.restore(state);
    } else {
      // Nobody may write one before everybody has looked.
      if (anyone(fs::exists(checkpoint_)))
        throw Error(ErrorCode::kUsage, "'" + checkpoint_.string() +
                                           "' exists; give --resume to go on from it, or remove it "
                                           "to start again");
      layers_ = measure();
      report.layers = layers_;
    }
    observer.started(report);
    return report.step;
  }

  std::vector<LayerVariance> measure() {
    const auto [real, z] = data_.first_batch();
    std::vector<LayerVariance> layers;
    for (const auto& [network, record] :
         train::measure_layers(game_, real, z, nn::loss_by_name(options_.loss)))
      layers.push_back({network, record.layer, record.activation, record.gradient});
    return layers;
  }

  void open_log(int64_t step) {
    if (!is_first()) return;
    log_.emplace(work_folder_ / "log.jsonl", step);
    if (!layers_.empty()) log_->write(layers_);
  }

  train::GameReport iterate(int64_t number) {
    train::RunData::Step step = data_.step(number);
    return share(game_.play(number, step.real, step.z, step.random));
  }

  // The processes' mean report.
  train::GameReport share(train::GameReport report) const {
    if (!execution_.group) return report;
    const at::Tensor means =
        at::tensor({report.value, report.real_score, report.fake_score, report.reconstruction},
                   torch::kFloat64);
    execution_.group->average({means});
    const auto* mean = means.data_ptr<double>();
    return {mean[0], mean[1], mean[2], mean[3]};
  }

  void update(TrainingProgress& progress, const train::GameReport& report, double seconds) {
    means_.add(
        report,
        static_cast<double>(options_.batch_size) * options_.discriminator_steps * place_.size,
        seconds);
    means_.tell(progress);
    progress.epoch =
        static_cast<double>(progress.step) / static_cast<double>(data_.steps_per_epoch());
  }

  // Stops a run whose numbers are not finite, and says so when D has won.
  void judge(const train::GameReport& report, const TrainingProgress& progress,
             TrainingObserver& observer) {
    if (!std::isfinite(report.value) || !std::isfinite(report.reconstruction))
      throw Error(ErrorCode::kInternal,
                  "training diverged at step " + std::to_string(progress.step) +
                      ": the loss is not finite; the last checkpoint is kept: start again with a "
                      "lower learning rate");
    const double share = progress.divergence / std::log(2.0);
    if (share > kWonShare && !warned_won_ && progress.step > kWonPatience) {
      warned_won_ = true;
      observer.warned("D has won (JS " + std::to_string(progress.divergence) +
                      " of at most 0.693 at step " + std::to_string(progress.step) +
                      "): G gets hardly any gradient; fewer discriminator steps, augmentation, "
                      "spectral normalisation or a gradient penalty help");
    }
    if (share < kOpenShare) warned_won_ = false;
  }

  // Writes what is due after a step that ended at `now`.
  void write_due(TrainingProgress& progress, Clock::time_point now, TrainingObserver& observer) {
    if (progress.step % kLogInterval == 0) log_->write(progress);
    if (progress.step % data_.steps_per_epoch() == 0)
      model_.write_samples(work_folder_, progress.step / data_.steps_per_epoch(),
                           execution_.device);
    const bool is_last = progress.step == progress.steps;
    progress.checkpointed =
        is_last || seconds_between(saved_, now) > options_.checkpoint_minutes * 60;
    if (!progress.checkpointed) return;
    save_checkpoint(progress.step);
    if (!is_last && seconds_between(drawn_, now) > kCurvesInterval) {
      draw_curves(observer);
      drawn_ = now;
    }
    saved_ = Clock::now();
  }

  void save_checkpoint(int64_t step) {
    train::RunState state;
    train::set_step(state, step);
    means_.save(state);
    train::save_checkpoint(checkpoint_, game_, state, recipe_);
  }

  void draw_curves(TrainingObserver& observer) {
    const std::string failure =
        train::draw_curves(work_folder_ / "log.jsonl", work_folder_ / "curves.png");
    if (!failure.empty() && !warned_curves_) observer.warned(failure);
    warned_curves_ = warned_curves_ || !failure.empty();
  }

  const TrainingOptions options_;
  const nn::ProcessPlace place_;
  const nn::Execution execution_;
  const fs::path work_folder_;
  const fs::path checkpoint_;
  train::RunData data_;
  const std::map<std::string, std::string> recipe_;
  train::AdversarialGame game_;
  const train::ShippedModel model_;
  train::RunningMeans means_;
  std::vector<LayerVariance> layers_;
  std::optional<train::TrainingLog> log_;  // the first process's
  Clock::time_point saved_, drawn_;        // the checkpoint, and the curves
  bool warned_won_ = false, warned_curves_ = false;
};

}  // namespace

int training_rank() { return nn::ProcessPlace::from_environment().rank; }

bool train_generator(const TrainingOptions& options, TrainingObserver& observer) {
  options.validate();
  return nn::translated("training", [&] {
    return Run(options, nn::ProcessPlace::from_environment()).play(observer);
  });
}

}  // namespace ganface
