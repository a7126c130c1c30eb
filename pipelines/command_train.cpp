// SPDX-License-Identifier: MIT
// Owns `ganface train`.
#include <ganface/error.h>
#include <ganface/training.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "interruption.h"
#include "progress_line.h"

namespace ganface::cli {
namespace {

// Shows a run on a terminal. Of several processes that train together the first speaks.
class TrainingDisplay : public TrainingObserver {
 public:
  explicit TrainingDisplay(bool speaks) : speaks_(speaks) {}

  void started(const TrainingStart& start) override {
    if (!speaks_) return;
    std::fprintf(stderr, "%lld images", static_cast<long long>(start.images));
    if (!start.skipped.empty()) std::fprintf(stderr, ", %zu skipped", start.skipped.size());
    if (start.processes > 1) std::fprintf(stderr, ", %d processes", start.processes);
    std::fprintf(stderr, ", step %lld of %lld\n", static_cast<long long>(start.step),
                 static_cast<long long>(start.steps));
    if (start.layers.empty()) return;
    std::fprintf(stderr, "variances at the start:\n%-14s %-8s %12s %12s\n", "network", "layer",
                 "activation", "gradient");
    for (const LayerVariance& layer : start.layers)
      std::fprintf(stderr, "%-14s %-8s %12.4g %12.4g\n", layer.network.c_str(), layer.layer.c_str(),
                   layer.activation, layer.gradient);
  }

  void warned(const std::string& warning) override {
    if (!speaks_) return;
    line_.end();
    std::fprintf(stderr, "ganface: warning: %s\n", warning.c_str());
  }

  bool progressed(const TrainingProgress& progress) override {
    if (!speaks_) return !interrupted();
    char details[200];
    int length =
        std::snprintf(details, sizeof details,
                      "epoch %.2f  %.1f images/s  V %.3f  JS %.3f  D(x) %.2f  D(G(z)) %.2f",
                      progress.epoch, progress.images_per_second, progress.value,
                      progress.divergence, progress.real_score, progress.fake_score);
    if (progress.reconstruction != 0)
      std::snprintf(details + length, sizeof details - static_cast<size_t>(length), "  E %.3f",
                    progress.reconstruction);
    line_.show(static_cast<double>(progress.step) / static_cast<double>(progress.steps), details);
    return !interrupted();
  }

  void end() { line_.end(); }

 private:
  const bool speaks_;
  ProgressLine line_{"train"};
};

void run(const TrainingOptions& options) {
  catch_interruption();
  const bool speaks = training_rank() == 0;
  TrainingDisplay display(speaks);
  const bool complete = train_generator(options, display);
  display.end();
  if (!speaks) return;
  if (complete)
    std::printf("wrote %s\n", options.out.c_str());
  else
    say_interrupted("stopped; a checkpoint is saved, go on with the same command and --resume");
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* command = app.add_subcommand("train", "Train a generator on a folder of faces");
  auto options = std::make_shared<TrainingOptions>();
  command->add_option("FOLDER", options->folder, "JPEG and PNG images at any depth")->required();
  command->add_option("--out", options->out, "Model file to write (.safetensors)")->required();
  command->add_option(
      "--from", options->from,
      "Name or path of a model to go on from, on other faces or with other options");
  command->add_option("--size", options->image_size, "Image side in pixels: 16 to 256")
      ->capture_default_str();
  command->add_option("--ngf", options->generator_channels, "Generator's channels")
      ->capture_default_str();
  command->add_option("--ndf", options->discriminator_channels, "Discriminator's channels")
      ->capture_default_str();
  command->add_option("--latent-size", options->latent_size, "Length of z")->capture_default_str();
  command->add_option("--batch-size", options->batch_size, "Images in a batch (m)")
      ->capture_default_str();
  command
      ->add_option("--discriminator-steps", options->discriminator_steps,
                   "Updates of D for each of G (k)")
      ->capture_default_str();
  command->add_option("--epochs", options->epochs, "Passes over the folder")->capture_default_str();
  command->add_option("--learning-rate", options->learning_rate, "Adam's step size")
      ->capture_default_str();
  command->add_option("--beta1", options->beta1, "Adam's first moment decay")
      ->capture_default_str();
  command->add_option("--loss", options->loss, "non-saturating, saturating or hinge")
      ->capture_default_str();
  command->add_option("--upsampling", options->upsampling, "transposed or resize")
      ->capture_default_str();
  command
      ->add_option("--normalisation", options->normalisation,
                   "The discriminator's: batch or spectral")
      ->capture_default_str();
  command
      ->add_option("--initialisation", options->initialisation,
                   "dcgan, xavier, he-forward or he-backward")
      ->capture_default_str();
  command->add_flag("--centre", options->centre,
                    "The discriminator subtracts the per-pixel mean of the images");
  command
      ->add_option("--gradient-penalty", options->gradient_penalty,
                   "Weight of R1 on real images; 0 = off")
      ->capture_default_str();
  command
      ->add_option("--reconstruction", options->reconstruction,
                   "Weight of an encoder's reconstructions, learnt along with the game; 0 = off")
      ->capture_default_str();
  command
      ->add_option("--augmentation", options->augmentation,
                   "Differentiable augmentations: none, or some of color,translation,cutout")
      ->capture_default_str();
  command->add_option("--ema-decay", options->ema_decay, "Running mean of G's weights; 0 = off")
      ->capture_default_str();
  command->add_flag("--mirror,!--no-mirror", options->mirror,
                    "Flip images left to right at random (default: on)");
  command->add_option("--seed", options->seed, "Seed of every random number")
      ->capture_default_str();
  command->add_option("--device", options->device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command
      ->add_option("--checkpoint-minutes", options->checkpoint_minutes, "Time between checkpoints")
      ->capture_default_str();
  command->add_flag("--resume", options->resume, "Go on from the checkpoint in OUT.train");
  command->add_option("--data-name", options->data_name, "Training data, as noted in the model");
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
