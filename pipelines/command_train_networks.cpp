// SPDX-License-Identifier: MIT
// Owns `ganface train-encoder`, `train-features`, `train-facemask` and `train-completion`.
#include <ganface/completion_training.h>
#include <ganface/encoder_training.h>
#include <ganface/error.h>
#include <ganface/facemask_training.h>
#include <ganface/feature_training.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "interruption.h"
#include "progress_line.h"

namespace ganface::cli {
namespace {

template <typename Options>
void run(const Options& options, bool (*train)(const Options&, const NetworkObserver&),
         const char* error_name) {
  catch_interruption();
  ProgressLine line("train");
  const bool complete = train(options, [&](const NetworkProgress& progress) {
    char details[200];
    std::snprintf(details, sizeof details, "epoch %.2f  %.1f images/s  loss %.4f  %s %.4f",
                  progress.epoch, progress.images_per_second, progress.loss, error_name,
                  progress.error);
    line.show(static_cast<double>(progress.step) / static_cast<double>(progress.steps), details);
    return !interrupted();
  });
  line.end();
  if (complete)
    std::printf("wrote %s\n", options.out.c_str());
  else
    say_interrupted("stopped; " + options.out.string() + " was not written");
}

void add_common(CLI::App& command, NetworkTrainingOptions& options) {
  command.add_option("FOLDER", options.folder, "JPEG and PNG images at any depth")->required();
  command.add_option("--out", options.out, "Model file to write (.safetensors)")->required();
  command.add_option("--batch-size", options.batch_size, "Images in a batch")
      ->capture_default_str();
  command.add_option("--epochs", options.epochs, "Passes over the folder")->capture_default_str();
  command.add_option("--learning-rate", options.learning_rate, "Adam's first step size")
      ->capture_default_str();
  command.add_option("--seed", options.seed, "Seed of every random number")->capture_default_str();
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command.add_option("--data-name", options.data_name, "Training data, as noted in the model");
}

// What trainings on painted pictures have beside.
void add_painted(CLI::App& command, SyntheticTrainingOptions& options, int& samples) {
  command
      .add_option("--snapshot-minutes", options.snapshot_minutes,
                  "Time between unfinished models, written beside OUT")
      ->capture_default_str();
  command.add_option("--samples", samples,
                     "Only write a sheet of so many training pictures with their truth to OUT "
                     "(.png)");
}

}  // namespace

void add_train_encoder(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "train-encoder", "Train an encoder for a trained generator, for preset fast");
  auto options = std::make_shared<EncoderTrainingOptions>();
  add_common(*command, *options);
  command->add_option("--model", options->model, "Name or path of the generator's model")
      ->capture_default_str();
  command->add_option("--realism", options->realism, "Weight of -log(1 - D(G(E(y))))")
      ->capture_default_str();
  command->callback([options] { run(*options, train_encoder, "error in the hole"); });
}

void add_train_features(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "train-features", "Train the network in whose features ganface frechet compares faces");
  auto options = std::make_shared<FeatureTrainingOptions>();
  add_common(*command, *options);
  command->add_option("--size", options->image_size, "Image side in pixels: 16 to 256")
      ->capture_default_str();
  command->add_option("--channels", options->channels, "Channels after the first layer")
      ->capture_default_str();
  command->add_option("--features", options->features, "Length of the feature vector")
      ->capture_default_str();
  command
      ->add_option("--fewest-images", options->fewest_images,
                   "Photographs of a person, to be told from the others")
      ->capture_default_str();
  command->callback([options] { run(*options, train_features, "not recognised"); });
}

void add_train_facemask(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "train-facemask", "Train a network that finds faces, aligns them or sees what covers them");
  auto options = std::make_shared<FaceMaskTrainingOptions>();
  auto samples = std::make_shared<int>(0);
  add_common(*command, *options);
  command->add_option("--network", options->network, "detector, aligner or segmenter")->required();
  command->add_option("--from", options->from,
                      "Name or path of a facemask model to start from, whose other networks are "
                      "written to OUT too");
  add_painted(*command, *options, *samples);
  command->callback([options, samples] {
    if (*samples == 0) return run(*options, train_facemask, "error");
    write_facemask_samples(options->folder, options->network, *samples, options->seed,
                           options->out);
    std::printf("wrote %s\n", options->out.c_str());
  });
}

void add_train_completion(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("train-completion", "Train the network that completes faces in one pass");
  auto options = std::make_shared<CompletionTrainingOptions>();
  auto samples = std::make_shared<int>(0);
  add_common(*command, *options);
  command
      ->add_option("--network", options->network,
                   "completion, or sharpening, which fits fine detail to a finished model, --from")
      ->capture_default_str();
  command->add_option("--from", options->from, "Name or path of a completion model to go on with");
  command->add_option(
      "--prior", options->prior,
      "Name or path of a generator with an encoder, whose prior samples the network sees");
  command->add_flag("--fixed-statistics", options->fixed_statistics,
                    "Normalise by the statistics of the model to go on with, as in use, and not by "
                    "each batch's");
  command
      ->add_option("--adversarial", options->adversarial,
                   "Weight of the critic's judgement; 0 = no critic")
      ->capture_default_str();
  command
      ->add_option("--feature-matching", options->feature_matching,
                   "Weight of the distance from the truth in the critic's features")
      ->capture_default_str();
  add_painted(*command, *options, *samples);
  command->callback([options, samples] {
    if (*samples == 0) return run(*options, train_completion, "error in the hole");
    write_completion_samples(options->folder, *samples, options->seed, options->out);
    std::printf("wrote %s\n", options->out.c_str());
  });
}

}  // namespace ganface::cli
