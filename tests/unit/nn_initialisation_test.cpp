// SPDX-License-Identifier: MIT
// Owns the unit tests of initialisation and of the report that shows what it does.
#include "nn/layers/initialisation.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <cmath>
#include <string>
#include <vector>

#include "models/networks.h"
#include "temporary_folder.h"
#include "tiny_training.h"

namespace ganface::nn {
namespace {

at::Generator generator(uint64_t seed) { return at::detail::createCPUGenerator(seed); }

double variance(const at::Tensor& values) { return values.var(false).item<double>(); }

// The variance of n samples has a relative standard deviation of sqrt(2 / n) when they are normal,
// less when uniform: 5 of those.
double sampling_error(const at::Tensor& values) {
  return 5 * std::sqrt(2.0 / static_cast<double>(values.numel()));
}

struct Expected {
  Initialisation kind;
  double down, up, resized, linear;  // variances
};

TEST(Initialise, DrawsTheVariancesOfTheFormulas) {
  // Down: 32 -> 48 channels, kernel 4, stride 2: 16 * 32 inputs make an output, and an input
  // reaches 4 * 48 outputs. Up: 48 -> 32: 4 * 48 and 16 * 32. Resized: kernel 3, stride 1. Linear
  // 300 -> 200.
  const double n_down = 16 * 32, m_down = 4 * 48, n_up = 4 * 48, m_up = 16 * 32;
  const double n_resized = 9 * 48, m_resized = 9 * 32;
  for (const Expected& expected :
       {Expected{Initialisation::kDcgan, 0.0004, 0.0004, 0.0004, 0.0004},
        Expected{Initialisation::kXavier, 2 / (n_down + m_down), 2 / (n_up + m_up),
                 2 / (n_resized + m_resized), 2. / 500},
        Expected{Initialisation::kHeForward, 2 / n_down, 2 / n_up, 2 / n_resized, 2. / 300},
        Expected{Initialisation::kHeBackward, 2 / m_down, 2 / m_up, 2 / m_resized, 2. / 200}}) {
    SCOPED_TRACE(static_cast<int>(expected.kind));
    Down down(32, 48, false, Execution{});
    Up up(48, 32, Upsampling::kTransposed, Execution{});
    Up resized(48, 32, Upsampling::kResize, Execution{});
    torch::nn::Linear linear(300, 200);
    const std::pair<at::Tensor, double> drawn[] = {{down->weight, expected.down},
                                                   {up->weight, expected.up},
                                                   {resized->weight, expected.resized},
                                                   {linear->weight, expected.linear}};
    for (torch::nn::Module* network :
         {static_cast<torch::nn::Module*>(down.get()), static_cast<torch::nn::Module*>(up.get()),
          static_cast<torch::nn::Module*>(resized.get()),
          static_cast<torch::nn::Module*>(linear.get())})
      initialise(*network, expected.kind, generator(9));
    for (const auto& [weight, wanted] : drawn) {
      EXPECT_NEAR(variance(weight) / wanted, 1, sampling_error(weight));
      EXPECT_NEAR(weight.mean().item<double>(), 0,
                  5 * std::sqrt(wanted / static_cast<double>(weight.numel())));
    }
    EXPECT_EQ(linear->bias.abs().max().item<float>(), 0.f);
  }
}

TEST(Initialise, XavierIsUniformWithinItsBound) {
  torch::nn::Linear linear(300, 200);
  initialise(*linear, Initialisation::kXavier, generator(9));
  const auto bound = static_cast<float>(std::sqrt(6. / 500));
  const float largest = linear->weight.abs().max().item<float>();
  EXPECT_LE(largest, bound);
  EXPECT_GT(largest, 0.999f * bound);  // of 60,000 samples the largest is within 2e-5 of the bound
}

TEST(Initialise, SeedFixesEveryWeight) {
  Generator one(testing::tiny_networks(), Execution{}),
      other(testing::tiny_networks(), Execution{});
  initialise(*one, Initialisation::kDcgan, generator(4));
  initialise(*other, Initialisation::kDcgan, generator(4));
  for (size_t i = 0; i < one->parameters().size(); ++i)
    EXPECT_TRUE(at::equal(one->parameters()[i], other->parameters()[i]));
}

TEST(InitialisationByName, KnowsFour) {
  EXPECT_EQ(initialisation_by_name("dcgan"), Initialisation::kDcgan);
  EXPECT_EQ(initialisation_by_name("xavier"), Initialisation::kXavier);
  EXPECT_EQ(initialisation_by_name("he-forward"), Initialisation::kHeForward);
  EXPECT_EQ(initialisation_by_name("he-backward"), Initialisation::kHeBackward);
  testing::expect_error(ErrorCode::kUsage, {"'he'", "he-backward"},
                        [] { initialisation_by_name("he"); });
}

constexpr int64_t kWidth = 512;
constexpr int kLayers = 6;

// Linear layers of equal width with ReLU between them, seen by the report. Returns its records.
std::vector<LayerRecord> pass_through_relu_layers(Initialisation kind) {
  std::vector<torch::nn::Linear> layers;
  at::Generator random = generator(21);
  for (int layer = 0; layer < kLayers; ++layer) {
    layers.emplace_back(torch::nn::LinearOptions(kWidth, kWidth).bias(false));
    initialise(*layers.back(), kind, random);
  }
  LayerProbe probe;
  at::Tensor x = at::randn({1024, kWidth}, random).requires_grad_(true);
  for (int layer = 0; layer < kLayers; ++layer) {
    x = probe.observe("layer" + std::to_string(layer), layers[static_cast<size_t>(layer)](x));
    if (layer + 1 < kLayers) x = at::relu_(x);
  }
  x.backward(at::randn({1024, kWidth}, random));
  return probe.records();
}

// On average over weights a ReLU layer multiplies the variance by ½ n Var[w]. One layer of 512 x
// 512 weights scatters around that: ReLU leaves the images with a common direction, which grows
// from layer to layer and sees 512 weights' worth of samples, of a relative deviation of sqrt(2 /
// 512) = 0.06. Halving and keeping are far apart.
constexpr double kFactorError = 0.2;

void expect_factors(Initialisation kind, double forward, double backward) {
  const auto records = pass_through_relu_layers(kind);
  ASSERT_EQ(records.size(), static_cast<size_t>(kLayers));
  for (size_t layer = 1; layer < records.size(); ++layer) {
    EXPECT_NEAR(records[layer].activation / records[layer - 1].activation / forward, 1,
                kFactorError)
        << "layer " << layer;
    EXPECT_NEAR(records[layer - 1].gradient / records[layer].gradient / backward, 1, kFactorError)
        << "layer " << layer;
  }
}

TEST(LayerReport, ShowsThatHeKeepsTheVarianceThroughReluLayers) {
  expect_factors(Initialisation::kHeForward, 1, 1);
  expect_factors(Initialisation::kHeBackward, 1, 1);
}

TEST(LayerReport, ShowsThatXavierHalvesTheVarianceAtEachReluLayer) {
  expect_factors(Initialisation::kXavier, 0.5, 0.5);
}

TEST(LayerReport, ShowsThatDcgansMultipliesTheVarianceByHalfTheWidthTimes4e4) {
  expect_factors(Initialisation::kDcgan, 0.5 * kWidth * 0.0004, 0.5 * kWidth * 0.0004);
}

TEST(LayerReport, LeavesTheComputationAsItIs) {
  LayerProbe probe;
  at::Tensor x = at::randn({3, 4}).requires_grad_(true);
  at::Tensor y = probe.observe("layer", x * 2);
  y = at::relu_(y);
  EXPECT_TRUE(at::equal(y, at::relu(x * 2)));
  y.sum().backward();
  EXPECT_TRUE(at::equal(x.grad(), (x > 0).to(torch::kFloat32) * 2));
  EXPECT_EQ(probe.records().front().layer, "layer");
}

}  // namespace
}  // namespace ganface::nn
