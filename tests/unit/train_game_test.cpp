// SPDX-License-Identifier: MIT
// Owns the unit tests of one iteration of the game.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "train/adversarial/adversarial_game.h"

namespace ganface::train {
namespace {

GameOptions tiny() {
  GameOptions options;
  options.networks.image_size = 16;
  options.networks.latent_size = 10;
  options.networks.generator_channels = 4;
  options.networks.discriminator_channels = 4;
  options.ema_decay = 0.9;
  return options;
}

std::vector<GameOptions> every_form() {
  std::vector<GameOptions> forms(5, tiny());
  forms[0].networks.upsampling = nn::Upsampling::kResize;
  forms[1].networks.normalisation = nn::Normalisation::kSpectral;
  forms[2].gradient_penalty = 10;
  forms[3].reconstruction = 10;
  forms[3].networks.centred = true;
  forms[4].initialisation = nn::Initialisation::kHeForward;
  forms[4].loss = nn::AdversarialLoss::kHinge;
  return forms;
}

std::vector<at::Tensor> copies(const torch::nn::Module& network) {
  std::vector<at::Tensor> parameters;
  for (const at::Tensor& parameter : network.parameters())
    parameters.push_back(parameter.detach().clone());
  return parameters;
}

std::vector<at::Tensor> batches(int count, at::IntArrayRef shape) {
  std::vector<at::Tensor> made;
  for (int k = 0; k < count; ++k) made.push_back(at::rand(shape) * 2 - 1);
  return made;
}

GameReport play(AdversarialGame& game, const std::vector<at::Tensor>& real,
                const std::vector<at::Tensor>& z) {
  RandomSource random(1);
  return game.play(0, real, z, random);
}

TEST(AdversarialGame, AverageMovesATenthOfTheWayWhenTheDecayIsNineTenths) {
  AdversarialGame game(tiny(), nn::Execution{}, 1);
  const auto before = copies(*game.average);
  play(game, batches(1, {4, 3, 16, 16}), batches(1, {4, 10}));
  const auto current = copies(*game.generator), after = copies(*game.average);
  for (size_t i = 0; i < before.size(); ++i)
    // Values are near 1 at most: one rounding of float32.
    EXPECT_LT((after[i] - (before[i] * 0.9 + current[i] * 0.1)).abs().max().item<float>(), 1e-6f);
}

void expect_all_moved(const std::vector<at::Tensor>& before, const std::vector<at::Tensor>& after) {
  for (size_t i = 0; i < before.size(); ++i) EXPECT_FALSE(at::equal(before[i], after[i])) << i;
}

TEST(AdversarialGame, OneIterationMovesEveryWeightOfEveryPlayer) {
  for (const GameOptions& options : every_form()) {
    AdversarialGame game(options, nn::Execution{}, 1);
    const auto generator = copies(*game.generator), discriminator = copies(*game.discriminator);
    const auto encoder =
        game.inversion ? copies(*game.inversion->encoder) : std::vector<at::Tensor>();
    const GameReport report = play(game, batches(2, {4, 3, 16, 16}), batches(2, {4, 10}));
    expect_all_moved(generator, copies(*game.generator));
    expect_all_moved(discriminator, copies(*game.discriminator));
    if (game.inversion) expect_all_moved(encoder, copies(*game.inversion->encoder));
    EXPECT_EQ(report.reconstruction > 0, options.reconstruction > 0);
    for (const at::Tensor& parameter : game.discriminator->parameters())
      EXPECT_EQ(parameter.requires_grad(), true);
  }
}

TEST(AdversarialGame, PenaltyIsTakenAtEverySixteenthIterationOnly) {
  const auto real = batches(1, {4, 3, 16, 16}), z = batches(1, {4, 10});
  GameOptions penalised = tiny();
  penalised.gradient_penalty = 100;
  const auto weight_after = [&](const GameOptions& options, int64_t step) {
    AdversarialGame game(options, nn::Execution{}, 1);
    RandomSource random(1);
    game.play(step, real, z, random);
    return copies(*game.discriminator)[0];
  };
  EXPECT_TRUE(at::equal(weight_after(penalised, 1), weight_after(tiny(), 1)));
  EXPECT_FALSE(at::equal(weight_after(penalised, 16), weight_after(tiny(), 16)));
}

TEST(MeasureLayers, NamesEveryLayerAndChangesNothing) {
  GameOptions options = tiny();
  options.networks.normalisation = nn::Normalisation::kSpectral;
  AdversarialGame game(options, nn::Execution{}, 1), untouched(options, nn::Execution{}, 1);
  const auto real = batches(1, {8, 3, 16, 16}), z = batches(1, {8, 10});
  const auto records = measure_layers(game, real[0], z[0], options.loss);
  std::vector<std::string> names;
  for (const auto& [network, record] : records) {
    names.push_back(network + "." + record.layer);
    EXPECT_GT(record.activation, 0) << names.back();
    EXPECT_GT(record.gradient, 0) << names.back();
  }
  EXPECT_EQ(names, (std::vector<std::string>{"generator.project", "generator.up0", "generator.up1",
                                             "discriminator.down0", "discriminator.down1",
                                             "discriminator.score"}));
  EXPECT_EQ(play(game, real, z).value, play(untouched, real, z).value);
}

TEST(AdversarialGame, SameSeedAndDataGiveTheSameGame) {
  AdversarialGame one(tiny(), nn::Execution{}, 6), two(tiny(), nn::Execution{}, 6);
  const auto real = batches(1, {4, 3, 16, 16}), z = batches(1, {4, 10});
  const GameReport first = play(one, real, z), second = play(two, real, z);
  EXPECT_EQ(first.value, second.value);
  EXPECT_GT(first.real_score, 0);
  EXPECT_LT(first.real_score, 1);
  EXPECT_GT(first.fake_score, 0);
  EXPECT_LT(first.fake_score, 1);
}

TEST(AdversarialGame, AveragedGeneratorHoldsTheAverageInEvaluationMode) {
  AdversarialGame game(tiny(), nn::Execution{}, 1);
  play(game, batches(1, {4, 3, 16, 16}), batches(1, {4, 10}));
  const nn::Generator shipped = game.averaged_generator(batches(3, {8, 10}));
  EXPECT_EQ(shipped->is_training(), false);
  const auto expected = copies(*game.average), actual = copies(*shipped);
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(at::equal(actual[i], expected[i]));
}

}  // namespace
}  // namespace ganface::train
