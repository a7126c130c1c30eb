// SPDX-License-Identifier: MIT
// Owns what a generator's training is asked for: what of it the game is told, and what is noted.
#include "train/loop/training_recipe.h"

#include <ganface/error.h>
#include <ganface/network_training.h>

#include "core/text_stream.h"

namespace ganface::train {

std::map<std::string, std::string> recipe_of(const TrainingOptions& options, int64_t images,
                                             int processes) {
  const auto text = [](double value) {
    core::TextWriter stream;
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

GameOptions game_options(const TrainingOptions& options) {
  GameOptions game;
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
  game.augmentation = augmentation_by_names(options.augmentation);
  game.gradient_penalty = options.gradient_penalty;
  game.reconstruction = options.reconstruction;
  game.ema_decay = options.ema_decay;
  return game;
}

}  // namespace ganface::train

namespace ganface {

void TrainingOptions::validate() const {
  NetworkTrainingOptions of_every_training;
  of_every_training.folder = folder;
  of_every_training.out = out;
  of_every_training.batch_size = batch_size;
  of_every_training.epochs = epochs;
  of_every_training.learning_rate = learning_rate;
  of_every_training.validate();
  const auto expect = [](bool valid, const std::string& what) {
    if (!valid) throw Error(ErrorCode::kUsage, what);
  };
  expect(discriminator_steps >= 1 && discriminator_steps <= 100,
         "discriminator steps must be 1 to 100");
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

}  // namespace ganface
