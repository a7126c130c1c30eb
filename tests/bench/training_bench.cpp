// SPDX-License-Identifier: MIT
// Measures training throughput against the same networks written with LibTorch's own modules.
#include <torch/torch.h>

#include <chrono>
#include <cstdio>

#include "nn/runtime/device.h"
#include "plain_networks.h"
#include "train/adversarial/adversarial_game.h"

namespace {

using Clock = std::chrono::steady_clock;
using namespace ganface::bench;

constexpr int64_t kBatch = 64;
constexpr int kRounds = 3, kStepsPerRound = 4;
constexpr double kGoal = 2.5;

// The same iteration as AdversarialGame::play with k = 1, as one would write it.
class PlainGame {
 public:
  void play(const at::Tensor& real, const at::Tensor& z) {
    const at::Tensor ones = torch::ones({kBatch, 1}), zeros = torch::zeros({kBatch, 1});
    const at::Tensor fake = generator_->forward(z);
    discriminator_adam_.zero_grad();
    (torch::binary_cross_entropy_with_logits(discriminator_->forward(real), ones) +
     torch::binary_cross_entropy_with_logits(discriminator_->forward(fake.detach()), zeros))
        .backward();
    discriminator_adam_.step();
    generator_adam_.zero_grad();
    for (at::Tensor& parameter : discriminator_->parameters()) parameter.set_requires_grad(false);
    torch::binary_cross_entropy_with_logits(discriminator_->forward(fake), ones).backward();
    for (at::Tensor& parameter : discriminator_->parameters()) parameter.set_requires_grad(true);
    generator_adam_.step();
  }

 private:
  static torch::optim::AdamOptions adam() {
    return torch::optim::AdamOptions(2e-4).betas(std::make_tuple(0.5, 0.999));
  }
  nn::Sequential generator_ = plain_generator();
  nn::Sequential discriminator_ = plain_discriminator();
  torch::optim::Adam generator_adam_{generator_->parameters(), adam()};
  torch::optim::Adam discriminator_adam_{discriminator_->parameters(), adam()};
};

template <typename Step>
double seconds(Step step) {
  const auto begin = Clock::now();
  for (int i = 0; i < kStepsPerRound; ++i) step();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main() {
  std::printf("%s\n", ganface::nn::instruction_set_line().c_str());
  const ganface::nn::Execution execution = ganface::nn::choose_execution("cpu");
  const at::Tensor real = torch::rand({kBatch, 3, 64, 64}) * 2 - 1;
  const at::Tensor z = torch::rand({kBatch, kLatent}) * 2 - 1;
  ganface::train::AdversarialGame ours({}, execution, 1);
  PlainGame plain;
  ganface::train::RandomSource random(1);
  const auto our_step = [&] { ours.play(0, {real}, {z}, random); };
  const auto plain_step = [&] { plain.play(real, z); };
  our_step();
  plain_step();
  // Rounds take turns, so that a noisy machine disturbs both.
  double our_seconds = 0, plain_seconds = 0;
  for (int round = 0; round < kRounds; ++round) {
    our_seconds += seconds(our_step);
    plain_seconds += seconds(plain_step);
  }
  constexpr double kImages = double{kBatch} * kRounds * kStepsPerRound;
  const double ratio = plain_seconds / our_seconds;
  std::printf(
      "training: ganface %.1f images/s, plain LibTorch %.1f images/s, ratio %.2f (goal %.1f)\n",
      kImages / our_seconds, kImages / plain_seconds, ratio, kGoal);
  return ratio >= kGoal ? 0 : 1;
}
