// SPDX-License-Identifier: MIT
// Owns the unit tests of the losses and of the game's identities (Goodfellow et al. 2014).
#include "nn/layers/losses.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>
#include <vector>

#include "temporary_folder.h"

namespace ganface::nn {
namespace {

constexpr auto kNonSaturating = AdversarialLoss::kNonSaturating;
constexpr auto kSaturating = AdversarialLoss::kSaturating;
constexpr auto kHinge = AdversarialLoss::kHinge;

using Distribution = std::vector<double>;

const Distribution kData{0.5, 0.3, 0.2, 0.0};
const Distribution kGenerated{0.1, 0.2, 0.3, 0.4};

double kullback_leibler(const Distribution& p, const Distribution& q) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i)
    if (p[i] > 0) sum += p[i] * std::log(p[i] / q[i]);
  return sum;
}

double jensen_shannon(const Distribution& p, const Distribution& q) {
  Distribution middle(p.size());
  for (size_t i = 0; i < p.size(); ++i) middle[i] = (p[i] + q[i]) / 2;
  return kullback_leibler(p, middle) / 2 + kullback_leibler(q, middle) / 2;
}

// Tenths become copies of a point, so that the loss's means are the game's expectations.
at::Tensor logits_of_samples(const Distribution& distribution, const Distribution& scores) {
  std::vector<double> logits;
  for (size_t i = 0; i < distribution.size(); ++i)
    for (int n = 0; n < std::lround(10 * distribution[i]); ++n)
      logits.push_back(std::log(scores[i]) - std::log1p(-scores[i]));
  return at::tensor(logits, torch::kFloat64);
}

// V(G, D) of the library; scores: D at each point.
double game_value(const Distribution& data, const Distribution& generated,
                  const Distribution& scores) {
  return nn::game_value(logits_of_samples(data, scores), logits_of_samples(generated, scores))
      .item<double>();
}

Distribution best_scores(const Distribution& data, const Distribution& generated) {
  Distribution scores(data.size());
  for (size_t i = 0; i < data.size(); ++i) scores[i] = data[i] / (data[i] + generated[i]);
  return scores;
}

// float64 sums of ten terms: errors near 1e-15.
constexpr double kRounding = 1e-12;

TEST(Game, ValueIsLargestAtTheBestDiscriminator) {
  const Distribution best = best_scores(kData, kGenerated);
  const double value = game_value(kData, kGenerated, best);
  for (size_t i = 0; i < best.size(); ++i)
    for (const double change : {-0.05, 0.05}) {
      Distribution other = best;
      other[i] += change;
      if (other[i] <= 0 || other[i] >= 1) continue;
      EXPECT_LT(game_value(kData, kGenerated, other), value) << "point " << i;
    }
}

TEST(Game, ValueAtTheBestDiscriminatorIsTwiceTheDivergenceMinusLog4) {
  EXPECT_NEAR(game_value(kData, kGenerated, best_scores(kData, kGenerated)),
              -std::log(4.0) + 2 * jensen_shannon(kData, kGenerated), kRounding);
}

TEST(Game, ValueIsMinusLog4WhenTheGeneratorMatchesTheData) {
  EXPECT_NEAR(game_value(kData, kData, Distribution(4, 0.5)), -std::log(4.0), kRounding);
  EXPECT_NEAR(jensen_shannon(kData, kData), 0, kRounding);
}

TEST(Divergence, KullbackLeiblerIsPositiveAndNotSymmetric) {
  const Distribution p{0.9, 0.1}, q{0.5, 0.5};
  EXPECT_GT(kullback_leibler(p, q), 0);
  EXPECT_GT(kullback_leibler(q, p), 0);
  EXPECT_NEAR(kullback_leibler(p, p), 0, kRounding);
  EXPECT_GT(std::abs(kullback_leibler(p, q) - kullback_leibler(q, p)), 0.1);
}

TEST(Divergence, JensenShannonIsSymmetricAndLog2WhenDisjoint) {
  EXPECT_NEAR(jensen_shannon(kData, kGenerated), jensen_shannon(kGenerated, kData), kRounding);
  EXPECT_NEAR(jensen_shannon({1, 0}, {0, 1}), std::log(2.0), kRounding);
}

TEST(DiscriminatorLoss, IsTheCrossEntropyOfBothHalves) {
  // D = 1/2 and 3/4 on real images, 1/4 on the generated one.
  const at::Tensor real = at::tensor({0.0, std::log(3.0)}, torch::kFloat64);
  const at::Tensor fake = at::tensor({-std::log(3.0)}, torch::kFloat64);
  EXPECT_NEAR(discriminator_loss(real, fake, kNonSaturating).item<double>(),
              -(std::log(0.5) + std::log(0.75)) / 2 - std::log(0.75), kRounding);
}

TEST(GeneratorLoss, IsMinusLogOfTheScoreOrLogOfItsComplementWhenSaturating) {
  const at::Tensor fake = at::tensor({-std::log(3.0), 0.0}, torch::kFloat64);  // D = 1/4, 1/2
  EXPECT_NEAR(generator_loss(fake, kNonSaturating).item<double>(),
              -(std::log(0.25) + std::log(0.5)) / 2, kRounding);
  EXPECT_NEAR(generator_loss(fake, kSaturating).item<double>(),
              (std::log(0.75) + std::log(0.5)) / 2, kRounding);
}

TEST(GeneratorLoss, HasTheStrongerGradientUnlessSaturatingWhenTheDiscriminatorWins) {
  // d/dl of -log sigma(l) is -(1 - D), of log(1 - sigma(l)) is -D; at D = 1/10 these are -0.9,
  // -0.1.
  for (const bool saturating : {false, true}) {
    at::Tensor logit = at::tensor({-std::log(9.0)}, torch::kFloat64).requires_grad_(true);
    generator_loss(logit, saturating ? kSaturating : kNonSaturating).backward();
    EXPECT_NEAR(logit.grad().item<double>(), saturating ? -0.1 : -0.9, kRounding);
  }
}

TEST(HingeLoss, CountsLogitsInsideTheMargin) {
  const at::Tensor real = at::tensor({0.25, 3.0}, torch::kFloat64);
  const at::Tensor fake = at::tensor({-2.0, 0.5}, torch::kFloat64);
  // Real: (0.75 + 0) / 2; generated: (0 + 1.5) / 2.
  EXPECT_NEAR(discriminator_loss(real, fake, kHinge).item<double>(), 0.375 + 0.75, kRounding);
  EXPECT_NEAR(generator_loss(fake, kHinge).item<double>(), 0.75, kRounding);
}

TEST(LossByName, KnowsThree) {
  EXPECT_EQ(loss_by_name("non-saturating"), kNonSaturating);
  EXPECT_EQ(loss_by_name("saturating"), kSaturating);
  EXPECT_EQ(loss_by_name("hinge"), kHinge);
  testing::expect_error(ErrorCode::kUsage, {"'square'", "hinge"}, [] { loss_by_name("square"); });
}

TEST(Losses, AreFiniteAtLogitsOfAThousand) {
  const at::Tensor high = at::full({2}, 1000.f), low = at::full({2}, -1000.f);
  EXPECT_EQ(discriminator_loss(high, low, kNonSaturating).item<float>(), 0.f);
  EXPECT_EQ(discriminator_loss(low, high, kNonSaturating).item<float>(), 2000.f);
  EXPECT_EQ(generator_loss(low, kNonSaturating).item<float>(), 1000.f);
  EXPECT_EQ(generator_loss(high, kNonSaturating).item<float>(), 0.f);
  EXPECT_EQ(generator_loss(high, kSaturating).item<float>(), -1000.f);
  EXPECT_EQ(generator_loss(low, kSaturating).item<float>(), 0.f);
}

}  // namespace
}  // namespace ganface::nn
