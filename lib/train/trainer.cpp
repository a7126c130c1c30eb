// SPDX-License-Identifier: MIT
// Owns a training run: order of the data, checkpoints, log, sample grids, the model file.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <ganface/sheet.h>
#include <ganface/training.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gan/images.h"
#include "gan/model_file.h"
#include "gan/translate.h"
#include "train/adversarial_game.h"
#include "train/checkpoint.h"
#include "train/image_folder.h"

namespace ganface {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kLogInterval = 20;         // steps
constexpr int kSampleColumns = 8;        // sample grids are 8 x 8
constexpr int kStatisticsBatches = 100;  // of noise, for the shipped batch norm statistics
constexpr int kSampleBatches = 10;       // likewise, for a sample grid
constexpr double kProgressMemory = 0.95;

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

void expect(bool valid, const std::string& what) {
  if (!valid) throw Error(ErrorCode::kUsage, what);
}

std::map<std::string, std::string> recipe_of(const TrainingOptions& options, int64_t images) {
  std::ostringstream rate, beta1, decay;
  rate << options.learning_rate;
  beta1 << options.beta1;
  decay << options.ema_decay;
  return {{"training_images", std::to_string(images)},
          {"image_size", std::to_string(options.image_size)},
          {"batch_size", std::to_string(options.batch_size)},
          {"discriminator_steps", std::to_string(options.discriminator_steps)},
          {"epochs", std::to_string(options.epochs)},
          {"learning_rate", rate.str()},
          {"beta1", beta1.str()},
          {"ema_decay", decay.str()},
          {"loss", options.loss},
          {"augmentation", options.augmentation},
          {"mirror", options.mirror ? "true" : "false"},
          {"seed", std::to_string(options.seed)}};
}

// One run. Every random number is a function of the seed and the step, so that a resumed run needs
// no saved generator state.
class Run {
 public:
  explicit Run(const TrainingOptions& options)
      : options_(options),
        execution_(gan::choose_execution(options.device)),
        work_folder_(make_work_folder(options)),
        data_(options.folder, options.image_size),
        recipe_(recipe_of(options, data_.size())),
        game_(game_options(options), execution_, options.seed) {
    if (data_.size() < options.batch_size)
      throw Error(ErrorCode::kInput,
                  "folder '" + options.folder.string() + "' holds " + std::to_string(data_.size()) +
                      " images, fewer than one batch of " + std::to_string(options.batch_size));
    steps_per_epoch_ = data_.size() / (options.batch_size * options.discriminator_steps);
    expect(steps_per_epoch_ > 0, "batch size x discriminator steps exceeds the number of images");
  }

  bool play(const std::function<bool(const TrainingProgress&)>& observe) {
    const fs::path checkpoint = work_folder_ / "checkpoint.safetensors";
    TrainingProgress progress;
    progress.steps = steps_per_epoch_ * options_.epochs;
    if (options_.resume) {
      progress.step = train::load_checkpoint(checkpoint, game_, recipe_);
    } else if (fs::exists(checkpoint)) {
      throw Error(ErrorCode::kUsage, "'" + checkpoint.string() +
                                         "' exists; give --resume to go on from it, or remove it "
                                         "to start again");
    }
    std::ofstream log(work_folder_ / "log.jsonl", std::ios::app);
    auto saved = Clock::now(), previous = saved;
    while (progress.step < progress.steps) {
      const train::GameReport report = iterate(progress.step);
      ++progress.step;
      const auto now = Clock::now();
      update(progress, report, seconds_between(previous, now));
      previous = now;
      if (!std::isfinite(report.value))
        throw Error(ErrorCode::kInternal,
                    "training diverged at step " + std::to_string(progress.step) +
                        ": the loss is not finite; resume with a lower learning rate");
      if (progress.step % kLogInterval == 0) write_log(log, progress);
      if (progress.step % steps_per_epoch_ == 0) write_samples(progress.step / steps_per_epoch_);
      progress.checkpointed = seconds_between(saved, now) > options_.checkpoint_minutes * 60 ||
                              progress.step == progress.steps;
      if (progress.checkpointed) {
        train::save_checkpoint(checkpoint, game_, progress.step, recipe_);
        saved = Clock::now();
      }
      if (!observe(progress) && progress.step < progress.steps) {
        if (!progress.checkpointed)
          train::save_checkpoint(checkpoint, game_, progress.step, recipe_);
        return false;
      }
    }
    write_model();
    return true;
  }

 private:
  static train::GameOptions game_options(const TrainingOptions& options) {
    train::GameOptions game;
    game.networks.image_size = options.image_size;
    game.networks.latent_size = options.latent_size;
    game.networks.generator_channels = options.generator_channels;
    game.networks.discriminator_channels = options.discriminator_channels;
    game.learning_rate = options.learning_rate;
    game.beta1 = options.beta1;
    game.loss = gan::loss_by_name(options.loss);
    game.augmentation = train::augmentation_by_names(options.augmentation);
    game.ema_decay = options.ema_decay;
    return game;
  }

  static fs::path make_work_folder(const TrainingOptions& options) {
    fs::path folder = options.out;
    folder += ".train";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
      throw Error(ErrorCode::kOutput,
                  "cannot create folder '" + folder.string() + "': " + error.message());
    return folder;
  }

  at::Generator generator_for(uint64_t stream, int64_t number) const {
    return at::detail::createCPUGenerator(options_.seed * 0x9E3779B97F4A7C15u +
                                          stream * 0xBF58476D1CE4E5B9u +
                                          static_cast<uint64_t>(number));
  }

  train::GameReport iterate(int64_t step) {
    const int64_t epoch = step / steps_per_epoch_;
    if (epoch != order_epoch_) {
      order_ = at::randperm(data_.size(), generator_for(0, epoch));
      order_epoch_ = epoch;
    }
    at::Generator generator = generator_for(1, step);
    const int64_t batch = options_.batch_size;
    std::vector<at::Tensor> real, z;
    for (int64_t k = 0; k < options_.discriminator_steps; ++k) {
      const int64_t first = (step % steps_per_epoch_ * options_.discriminator_steps + k) * batch;
      const double mirror_share = options_.mirror ? 0.5 : 0.0;
      const at::Tensor mirrored = at::rand({batch}, generator) < mirror_share;
      real.push_back(
          data_.batch(order_.slice(0, first, first + batch), mirrored).to(execution_.device));
      z.push_back(
          (at::rand({batch, options_.latent_size}, generator) * 2 - 1).to(execution_.device));
    }
    return game_.play(real, z, generator);
  }

  void update(TrainingProgress& progress, const train::GameReport& report, double seconds) {
    const auto blend = [&](double& mean, double value) {
      mean = measured_ == 0 ? value : kProgressMemory * mean + (1 - kProgressMemory) * value;
    };
    blend(progress.value, report.value);
    blend(progress.real_score, report.real_score);
    blend(progress.fake_score, report.fake_score);
    blend(seconds_per_step_, seconds);
    ++measured_;
    progress.divergence = (progress.value + std::log(4.0)) / 2;
    progress.epoch = static_cast<double>(progress.step) / static_cast<double>(steps_per_epoch_);
    progress.images_per_second =
        options_.batch_size * options_.discriminator_steps / seconds_per_step_;
  }

  void write_log(std::ofstream& log, const TrainingProgress& progress) {
    log << nlohmann::json{{"step", progress.step},
                          {"epoch", progress.epoch},
                          {"images_per_second", progress.images_per_second},
                          {"value", progress.value},
                          {"divergence", progress.divergence},
                          {"real_score", progress.real_score},
                          {"fake_score", progress.fake_score}}
               .dump()
        << std::endl;
    if (!log)
      throw Error(ErrorCode::kOutput, "cannot write '" + (work_folder_ / "log.jsonl").string() +
                                          "'; is the disk full?");
  }

  gan::Generator shipped_generator(int batches) const {
    return game_.averaged_generator(batches, options_.batch_size, options_.seed);
  }

  void write_samples(int64_t epoch) {
    torch::NoGradGuard no_gradient;
    const at::Tensor z =
        gan::sample_latent(kSampleColumns * kSampleColumns, options_.latent_size, options_.seed);
    const auto images = gan::to_images(shipped_generator(kSampleBatches)(z.to(execution_.device)));
    std::ostringstream name;
    name << "epoch-" << std::setw(3) << std::setfill('0') << epoch << ".png";
    write_png(work_folder_ / name.str(), contact_sheet(images, kSampleColumns).view());
  }

  void write_model() {
    core::TensorFile content;
    content.metadata = gan::architecture_metadata(game_options(options_).networks);
    for (const auto& [key, value] : recipe_) content.metadata["recipe." + key] = value;
    content.metadata["canonical_crop"] =
        "columns and rows 61 to 188 of a 250 x 250 deep-funneled LFW photograph";
    content.metadata["training_data"] = options_.data_name.empty()
                                            ? options_.folder.lexically_normal().string()
                                            : options_.data_name;
    content.metadata["licence"] = options_.licence;
    gan::add_network(content, "generator", *shipped_generator(kStatisticsBatches));
    gan::add_network(content, "discriminator", *game_.discriminator);
    core::write_safetensors(options_.out, content);
  }

  const TrainingOptions options_;
  const gan::Execution execution_;
  const fs::path work_folder_;
  const train::ImageFolder data_;
  const std::map<std::string, std::string> recipe_;
  train::AdversarialGame game_;
  int64_t steps_per_epoch_ = 0;
  at::Tensor order_;
  int64_t order_epoch_ = -1;
  double seconds_per_step_ = 0;
  int64_t measured_ = 0;
};

}  // namespace

void TrainingOptions::validate() const {
  expect(!folder.empty(), "no folder of training images was given");
  expect(out.extension() == ".safetensors",
         "the model file '" + out.string() + "' must end in .safetensors");
  expect(batch_size >= 2 && batch_size <= 4096, "batch size must be 2 to 4096");
  expect(discriminator_steps >= 1 && discriminator_steps <= 100,
         "discriminator steps must be 1 to 100");
  expect(epochs >= 1 && epochs <= 100000, "epochs must be 1 to 100000");
  expect(learning_rate > 0 && learning_rate <= 1, "learning rate must be above 0, at most 1");
  expect(beta1 >= 0 && beta1 < 1, "beta1 must be at least 0 and below 1");
  expect(ema_decay >= 0 && ema_decay < 1, "EMA decay must be at least 0 and below 1");
  gan::loss_by_name(loss);
  train::augmentation_by_names(augmentation);
  expect(checkpoint_minutes > 0, "checkpoint minutes must be above 0");
}

bool train_generator(const TrainingOptions& options,
                     const std::function<bool(const TrainingProgress&)>& observe) {
  options.validate();
  return gan::translated("training", [&] { return Run(options).play(observe); });
}

}  // namespace ganface
