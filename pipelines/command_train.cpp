// SPDX-License-Identifier: MIT
// Owns `ganface train`.
#include <ganface/error.h>
#include <ganface/training.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <csignal>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "progress_line.h"

namespace ganface::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void catch_interruption() {
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::signal(SIGTERM, [](int) { interrupted = 1; });
}

void run_encoder(const EncoderTrainingOptions& options) {
  catch_interruption();
  ProgressLine line("train");
  const bool complete = train_encoder(options, [&](const EncoderProgress& progress) {
    char details[200];
    std::snprintf(details, sizeof details,
                  "epoch %.2f  %.1f images/s  loss %.4f  error in the hole %.4f", progress.epoch,
                  progress.images_per_second, progress.loss, progress.hole_error);
    line.show(static_cast<double>(progress.step) / static_cast<double>(progress.steps), details);
    return interrupted == 0;
  });
  line.end();
  if (complete)
    std::printf("wrote %s\n", options.out.c_str());
  else
    std::printf("stopped; nothing was written\n");
}

void run(const TrainingOptions& options) {
  catch_interruption();
  ProgressLine line("train");
  const bool complete = train_generator(options, [&](const TrainingProgress& progress) {
    char details[200];
    std::snprintf(details, sizeof details,
                  "epoch %.2f  %.1f images/s  V %.3f  JS %.3f  D(x) %.2f  D(G(z)) %.2f",
                  progress.epoch, progress.images_per_second, progress.value, progress.divergence,
                  progress.real_score, progress.fake_score);
    line.show(static_cast<double>(progress.step) / static_cast<double>(progress.steps), details);
    return interrupted == 0;
  });
  line.end();
  if (complete)
    std::printf("wrote %s\n", options.out.c_str());
  else
    std::printf("stopped; a checkpoint is saved, go on with the same command and --resume\n");
}

}  // namespace

void add_train_encoder(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "train-encoder", "Train an encoder for a trained generator, for preset fast");
  auto options = std::make_shared<EncoderTrainingOptions>();
  command->add_option("FOLDER", options->folder, "JPEG and PNG images at any depth")->required();
  command->add_option("--model", options->model, "Name or path of the generator's model")
      ->capture_default_str();
  command->add_option("--out", options->out, "Model file to write (.safetensors)")->required();
  command->add_option("--batch-size", options->batch_size, "Images in a batch")
      ->capture_default_str();
  command->add_option("--epochs", options->epochs, "Passes over the folder")->capture_default_str();
  command->add_option("--learning-rate", options->learning_rate, "Adam's first step size")
      ->capture_default_str();
  command->add_option("--realism", options->realism, "Weight of -log(1 - D(G(E(y))))")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of every random number")
      ->capture_default_str();
  command->add_option("--device", options->device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_option("--data-name", options->data_name, "Training data, as noted in the model");
  command->callback([options] { run_encoder(*options); });
}

void add_train(CLI::App& app) {
  CLI::App* command = app.add_subcommand("train", "Train a generator on a folder of faces");
  auto options = std::make_shared<TrainingOptions>();
  command->add_option("FOLDER", options->folder, "JPEG and PNG images at any depth")->required();
  command->add_option("--out", options->out, "Model file to write (.safetensors)")->required();
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
