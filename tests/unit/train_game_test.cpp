// SPDX-License-Identifier: MIT
// Owns the unit tests of one iteration of the game.
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "train/adversarial_game.h"

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
  at::Generator random = at::detail::createCPUGenerator(1);
  return game.play(real, z, random);
}

TEST(AdversarialGame, AverageMovesATenthOfTheWayWhenTheDecayIsNineTenths) {
  AdversarialGame game(tiny(), gan::Execution{}, 1);
  const auto before = copies(*game.average);
  play(game, batches(1, {4, 3, 16, 16}), batches(1, {4, 10}));
  const auto current = copies(*game.generator), after = copies(*game.average);
  for (size_t i = 0; i < before.size(); ++i)
    // Values are near 1 at most: one rounding of float32.
    EXPECT_LT((after[i] - (before[i] * 0.9 + current[i] * 0.1)).abs().max().item<float>(), 1e-6f);
}

TEST(AdversarialGame, OneIterationMovesEveryWeightOfBothPlayers) {
  AdversarialGame game(tiny(), gan::Execution{}, 1);
  const auto generator = copies(*game.generator), discriminator = copies(*game.discriminator);
  play(game, batches(2, {4, 3, 16, 16}), batches(2, {4, 10}));
  const auto moved_generator = copies(*game.generator);
  const auto moved_discriminator = copies(*game.discriminator);
  for (size_t i = 0; i < generator.size(); ++i)
    EXPECT_FALSE(at::equal(generator[i], moved_generator[i])) << i;
  for (size_t i = 0; i < discriminator.size(); ++i)
    EXPECT_FALSE(at::equal(discriminator[i], moved_discriminator[i])) << i;
  for (const at::Tensor& parameter : game.discriminator->parameters())
    EXPECT_EQ(parameter.requires_grad(), true);
}

TEST(AdversarialGame, SameSeedAndDataGiveTheSameGame) {
  AdversarialGame one(tiny(), gan::Execution{}, 6), two(tiny(), gan::Execution{}, 6);
  const auto real = batches(1, {4, 3, 16, 16}), z = batches(1, {4, 10});
  const GameReport first = play(one, real, z), second = play(two, real, z);
  EXPECT_EQ(first.value, second.value);
  EXPECT_GT(first.real_score, 0);
  EXPECT_LT(first.real_score, 1);
  EXPECT_GT(first.fake_score, 0);
  EXPECT_LT(first.fake_score, 1);
}

TEST(AdversarialGame, AveragedGeneratorHoldsTheAverageInEvaluationMode) {
  AdversarialGame game(tiny(), gan::Execution{}, 1);
  play(game, batches(1, {4, 3, 16, 16}), batches(1, {4, 10}));
  const gan::Generator shipped = game.averaged_generator(3, 8, 1);
  EXPECT_EQ(shipped->is_training(), false);
  const auto expected = copies(*game.average), actual = copies(*shipped);
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(at::equal(actual[i], expected[i]));
}

}  // namespace
}  // namespace ganface::train
