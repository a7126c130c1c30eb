// SPDX-License-Identifier: MIT
// Owns a training run: order of the data, checkpoints, log, sample grids, the model file.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <ganface/model_path.h>
#include <ganface/output_file.h>
#include <ganface/sheet.h>
#include <ganface/training.h>
#include <torch/cuda.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <optional>
#include <sstream>

#include "eval/image_folder.h"
#include "models/model_file.h"
#include "nn/runtime/images.h"
#include "nn/runtime/process_group.h"
#include "nn/runtime/translate.h"
#include "train/adversarial/adversarial_game.h"
#include "train/loop/checkpoint.h"
#include "train/loop/curves.h"
#include "train/loop/schedule.h"
#include "train/loop/training_log.h"

namespace ganface {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kLogInterval = 20;         // steps
constexpr double kCurvesInterval = 60;   // seconds, at least
constexpr int kSampleColumns = 8;        // sample grids are 8 x 8
constexpr int kStatisticsBatches = 100;  // of noise, for the shipped batch norm statistics
constexpr int kSampleBatches = 10;       // likewise, for a sample grid
// Of the largest JS estimate, log 2: D has won above, and the game is open again below.
constexpr double kWonShare = 0.98, kOpenShare = 0.9;
constexpr int64_t kWonPatience = 100;  // steps before a lead of D is worth a word

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

void expect(bool valid, const std::string& what) {
  if (!valid) throw Error(ErrorCode::kUsage, what);
}

std::map<std::string, std::string> recipe_of(const TrainingOptions& options, int64_t images,
                                             int processes) {
  const auto text = [](double value) {
    std::ostringstream stream;
    stream << value;
    return stream.str();
  };
  return {{"training_images", std::to_string(images)},
          {"image_size", std::to_string(options.image_size)},
          {"batch_size", std::to_string(options.batch_size)},
          {"discriminator_steps", std::to_string(options.discriminator_steps)},
          {"epochs", std::to_string(options.epochs)},
          {"learning_rate", text(options.learning_rate)},
          {"beta1", text(options.beta1)},
          {"ema_decay", text(options.ema_decay)},
          {"loss", options.loss},
          {"from", options.from},
          {"augmentation", options.augmentation},
          {"upsampling", options.upsampling},
          {"normalisation", options.normalisation},
          {"initialisation", options.initialisation},
          {"centre", options.centre ? "true" : "false"},
          {"gradient_penalty", text(options.gradient_penalty)},
          {"reconstruction", text(options.reconstruction)},
          {"latent_size", std::to_string(options.latent_size)},
          {"generator_channels", std::to_string(options.generator_channels)},
          {"discriminator_channels", std::to_string(options.discriminator_channels)},
          {"processes", std::to_string(processes)},
          {"mirror", options.mirror ? "true" : "false"},
          {"seed", std::to_string(options.seed)}};
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

// One run. Every random number is a function of the seed and the step, so that a resumed run needs
// no saved generator state.
class Run {
 public:
  Run(const TrainingOptions& options, const nn::ProcessPlace& place)
      : options_(options),
        place_(place),
        execution_(place_run(options, place)),
        work_folder_(make_work_folder(options, place.rank == 0)),
        checkpoint_(work_folder_ / "checkpoint.safetensors"),
        data_(options.folder, options.image_size),
        recipe_(recipe_of(options, data_.size(), place.size)),
        game_(game_options(options), execution_, options.seed) {
    const int64_t whole_batch = int64_t{options.batch_size} * place.size;
    steps_per_epoch_ = train::count_batches(options.folder, data_.size(), whole_batch) /
                       options.discriminator_steps;
    expect(steps_per_epoch_ > 0, "batch size x discriminator steps exceeds the number of images");
    if (!options.from.empty() && !options.resume)
      game_.start_from(nn::load_model(find_model(options.from), execution_));
    if (options.centre) {
      const at::Tensor mean = data_.mean(options.mirror);
      game_.discriminator->set_mean(mean);
      if (game_.inversion) game_.inversion->encoder->set_mean(mean);
    }
  }

  bool play(TrainingObserver& observer) {
    TrainingProgress progress;
    progress.steps = steps_per_epoch_ * options_.epochs;
    progress.step = start(observer, progress.steps);
    std::optional<train::TrainingLog> log;
    if (is_first()) log.emplace(work_folder_ / "log.jsonl", progress.step);
    if (log && !layers_.empty()) log->write(layers_);
    auto saved = Clock::now(), previous = saved, drawn = saved;
    while (progress.step < progress.steps) {
      const train::GameReport report = iterate(progress.step);
      ++progress.step;
      const auto now = Clock::now();
      update(progress, report, seconds_between(previous, now));
      previous = now;
      judge(report, progress, observer);
      if (log && progress.step % kLogInterval == 0) log->write(progress);
      if (is_first() && progress.step % steps_per_epoch_ == 0)
        write_samples(progress.step / steps_per_epoch_);
      progress.checkpointed =
          is_first() && (seconds_between(saved, now) > options_.checkpoint_minutes * 60 ||
                         progress.step == progress.steps);
      if (progress.checkpointed) {
        save_checkpoint(progress.step);
        if (progress.step < progress.steps && seconds_between(drawn, now) > kCurvesInterval) {
          draw_curves(observer);
          drawn = now;
        }
        saved = Clock::now();
      }
      const bool stopped = !observer.progressed(progress);
      if (anyone(stopped) && progress.step < progress.steps) {
        if (is_first() && !progress.checkpointed) save_checkpoint(progress.step);
        return false;
      }
    }
    if (is_first()) {
      draw_curves(observer);  // here, so that a run that was killed just before makes up for it
      write_model();
    }
    return true;
  }

 private:
  static train::GameOptions game_options(const TrainingOptions& options) {
    train::GameOptions game;
    game.networks.image_size = options.image_size;
    game.networks.latent_size = options.latent_size;
    game.networks.generator_channels = options.generator_channels;
    game.networks.discriminator_channels = options.discriminator_channels;
    game.networks.upsampling = nn::upsampling_by_name(options.upsampling);
    game.networks.normalisation = nn::normalisation_by_name(options.normalisation);
    game.networks.centred = options.centre;
    game.initialisation = nn::initialisation_by_name(options.initialisation);
    game.learning_rate = options.learning_rate;
    game.beta1 = options.beta1;
    game.loss = nn::loss_by_name(options.loss);
    game.augmentation = train::augmentation_by_names(options.augmentation);
    game.gradient_penalty = options.gradient_penalty;
    game.reconstruction = options.reconstruction;
    game.ema_decay = options.ema_decay;
    return game;
  }

  // Also removes what a killed run left half-written.
  static fs::path make_work_folder(const TrainingOptions& options, bool is_first) {
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

  // Writes files and speaks to the user; the others compute.
  bool is_first() const { return place_.rank == 0; }

  bool anyone(bool flag) const { return execution_.group ? execution_.group->any(flag) : flag; }

  // Loads the checkpoint, or measures the fresh networks; tells the observer. Returns the step.
  int64_t start(TrainingObserver& observer, int64_t steps) {
    TrainingStart report;
    report.images = data_.size();
    report.steps = steps;
    report.processes = place_.size;
    for (const auto& skipped : data_.skipped()) {
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
    train::RandomSource random = random_source(3, 0);
    const int64_t batch = options_.batch_size;
    const at::Tensor indices = random.whole(batch, 0, data_.size() - 1);
    const at::Tensor real =
        data_.batch(indices, at::zeros({batch}, torch::kBool)).to(execution_.device);
    const at::Tensor z = random.latent(batch, options_.latent_size).to(execution_.device);
    std::vector<LayerVariance> layers;
    for (const auto& [network, record] :
         train::measure_layers(game_, real, z, nn::loss_by_name(options_.loss)))
      layers.push_back({network, record.layer, record.activation, record.gradient});
    return layers;
  }

  uint64_t seed_of(uint64_t stream, int64_t number) const {
    return options_.seed * 0x9E3779B97F4A7C15u + stream * 0xBF58476D1CE4E5B9u +
           static_cast<uint64_t>(number);
  }

  // The numbers of one step, shared among the processes.
  train::RandomSource random_source(uint64_t stream, int64_t number) const {
    return train::RandomSource(seed_of(stream, number), place_.rank, place_.size);
  }

  train::GameReport iterate(int64_t step) {
    const int64_t epoch = step / steps_per_epoch_;
    if (epoch != order_epoch_) {
      order_ = at::randperm(data_.size(), at::detail::createCPUGenerator(seed_of(0, epoch)));
      order_epoch_ = epoch;
    }
    train::RandomSource random = random_source(1, step);
    const int64_t batch = options_.batch_size;
    std::vector<at::Tensor> real, z;
    for (int64_t k = 0; k < options_.discriminator_steps; ++k) {
      const int64_t first =
          ((step % steps_per_epoch_ * options_.discriminator_steps + k) * place_.size +
           place_.rank) *
          batch;
      real.push_back(
          data_.batch(order_.slice(0, first, first + batch), draw_mirrored(batch, random))
              .to(execution_.device));
      z.push_back(random.latent(batch, options_.latent_size).to(execution_.device));
    }
    return share(game_.play(step, real, z, random));
  }

  at::Tensor draw_mirrored(int64_t count, train::RandomSource& random) const {
    return random.uniform(count) < (options_.mirror ? 0.5 : 0.0);
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
    progress.epoch = static_cast<double>(progress.step) / static_cast<double>(steps_per_epoch_);
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

  // Generator and encoder as they are shipped; the encoder is empty without one.
  std::pair<nn::Generator, nn::Encoder> shipped_networks(int batches) const {
    torch::NoGradGuard no_gradient;
    std::vector<at::Tensor> z;
    std::vector<train::DamagedBatch> damaged;
    for (int i = 0; i < batches; ++i) {
      z.push_back(nn::sample_latent(options_.batch_size, options_.latent_size,
                                    options_.seed + static_cast<uint64_t>(i)));
      if (!game_.inversion) continue;
      train::RandomSource random(seed_of(2, i));
      const at::Tensor indices = random.whole(options_.batch_size, 0, data_.size() - 1);
      const at::Tensor mirrored = draw_mirrored(options_.batch_size, random);
      damaged.push_back(
          train::damage(data_.batch(indices, mirrored).to(execution_.device), random));
    }
    nn::Encoder encoder{nullptr};
    if (game_.inversion) {
      encoder = game_.averaged_encoder(damaged);
      // The statistics are those of the batches that the generator was trained on.
      for (size_t i = 0; i < z.size(); ++i)
        z[i] = at::cat({z[i], encoder(damaged[i].faces, damaged[i].holes).cpu()});
    }
    return {game_.averaged_generator(z), encoder};
  }

  void write_samples(int64_t epoch) {
    torch::NoGradGuard no_gradient;
    const at::Tensor z =
        nn::sample_latent(kSampleColumns * kSampleColumns, options_.latent_size, options_.seed);
    const auto images =
        nn::to_images(shipped_networks(kSampleBatches).first(z.to(execution_.device)));
    std::ostringstream name;
    name << "epoch-" << std::setw(3) << std::setfill('0') << epoch << ".png";
    write_png(work_folder_ / name.str(), contact_sheet(images, kSampleColumns).view());
  }

  void write_model() {
    core::TensorFile content;
    content.metadata = nn::architecture_metadata(game_options(options_).networks);
    for (const auto& [key, value] : recipe_) content.metadata["recipe." + key] = value;
    content.metadata["canonical_crop"] =
        "columns and rows 61 to 188 of a 250 x 250 deep-funneled LFW photograph";
    content.metadata["training_data"] = options_.data_name.empty()
                                            ? options_.folder.lexically_normal().string()
                                            : options_.data_name;
    content.metadata["licence"] = options_.licence;
    const auto [generator, encoder] = shipped_networks(kStatisticsBatches);
    nn::add_network(content, "generator", *generator);
    nn::add_network(content, "discriminator", *game_.discriminator);
    if (encoder) nn::add_network(content, "encoder", *encoder);
    core::write_safetensors(options_.out, content);
  }

  const TrainingOptions options_;
  const nn::ProcessPlace place_;
  const nn::Execution execution_;
  const fs::path work_folder_;
  const fs::path checkpoint_;
  const train::ImageFolder data_;
  const std::map<std::string, std::string> recipe_;
  train::AdversarialGame game_;
  train::RunningMeans means_;
  std::vector<LayerVariance> layers_;
  int64_t steps_per_epoch_ = 0;
  at::Tensor order_;
  int64_t order_epoch_ = -1;
  bool warned_won_ = false, warned_curves_ = false;
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
  expect(gradient_penalty >= 0 && gradient_penalty <= 10000, "gradient penalty must be 0 to 10000");
  expect(reconstruction >= 0 && reconstruction <= 10000, "reconstruction must be 0 to 10000");
  nn::loss_by_name(loss);
  nn::upsampling_by_name(upsampling);
  nn::normalisation_by_name(normalisation);
  nn::initialisation_by_name(initialisation);
  train::augmentation_by_names(augmentation);
  expect(checkpoint_minutes > 0, "checkpoint minutes must be above 0");
}

int training_rank() { return nn::ProcessPlace::from_environment().rank; }

bool train_generator(const TrainingOptions& options, TrainingObserver& observer) {
  options.validate();
  return nn::translated("training", [&] {
    return Run(options, nn::ProcessPlace::from_environment()).play(observer);
  });
}

}  // namespace ganface
