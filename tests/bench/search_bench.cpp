// SPDX-License-Identifier: MIT
// Measures the steps of the latent search against the same search written with LibTorch's own
// modules.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "nn/runtime/device.h"
#include "plain_networks.h"
#include "repair/latent_search.h"

namespace {

using namespace ganface;
using namespace ganface::bench;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 3, kSteps = 12;
constexpr double kGoal = 4;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// As one would write it: every step asks the discriminator.
double plain_search(torch::nn::Sequential& generator, torch::nn::Sequential& discriminator,
                    const at::Tensor& faces, const at::Tensor& weights, at::Tensor z) {
  torch::optim::Adam adam({z.requires_grad_(true)}, torch::optim::AdamOptions(0.03));
  const auto begin = Clock::now();
  for (int step = 0; step < kSteps; ++step) {
    adam.zero_grad();
    const at::Tensor images = generator->forward(z);
    const at::Tensor context = (weights * (images - faces).abs()).sum();
    const at::Tensor realism = at::log_sigmoid(-discriminator->forward(images)).sum();
    (context + 0.003 * realism).backward();
    adam.step();
    torch::NoGradGuard no_gradient;
    z.clamp_(-1, 1);
  }
  return seconds_since(begin);
}

}  // namespace

int main() {
  std::printf("%s\n", ganface::nn::instruction_set_line().c_str());
  const ganface::nn::Execution execution = ganface::nn::choose_execution("cpu");
  ganface::nn::Model model;
  model.generator = ganface::nn::Generator(ganface::nn::NetworkOptions{}, execution);
  model.discriminator = ganface::nn::Discriminator(ganface::nn::NetworkOptions{}, execution);
  torch::nn::Sequential generator = plain_generator(), discriminator = plain_discriminator();
  for (torch::nn::Module* network : {static_cast<torch::nn::Module*>(model.generator.get()),
                                     static_cast<torch::nn::Module*>(model.discriminator.get()),
                                     static_cast<torch::nn::Module*>(generator.get()),
                                     static_cast<torch::nn::Module*>(discriminator.get())}) {
    network->eval();
    for (at::Tensor& parameter : network->parameters()) {
      torch::NoGradGuard no_gradient;
      if (parameter.dim() > 1) parameter.normal_(0, 0.02);
      parameter.set_requires_grad(false);
    }
  }
  SearchOptions options = preset_options("paper").search;
  options.iterations = kSteps;
  options.tolerance = 0;
  bool reached = true;
  for (const int64_t batch : {1, 32}) {
    const at::Tensor faces = torch::rand({batch, 3, 64, 64}) * 2 - 1;
    at::Tensor holes = torch::zeros({batch, 1, 64, 64});
    holes.slice(2, 16, 48).slice(3, 16, 48).fill_(1);
    const at::Tensor weights = repair::context_weights(holes, options.weights);
    const at::Tensor z = torch::rand({batch, kLatent}) * 2 - 1;
    const repair::SearchStart start{z, torch::zeros({batch}), {}, {}};
    double ours = 0, plain = 0;
    // The first round warms up; the others take turns, so that a noisy machine disturbs both.
    for (int round = 0; round <= kRounds; ++round) {
      const auto begin = Clock::now();
      repair::search(model, {faces, holes}, start, options, {});
      const double our_seconds = seconds_since(begin);
      const double plain_seconds =
          plain_search(generator, discriminator, faces, weights, z.clone());
      if (round == 0) continue;
      ours += our_seconds;
      plain += plain_seconds;
    }
    const double ratio = plain / ours;
    std::printf("search, batch %2d: ganface %.1f ms a step, plain LibTorch %.1f ms, ratio %.2f\n",
                static_cast<int>(batch), ours * 1e3 / (kRounds * kSteps),
                plain * 1e3 / (kRounds * kSteps), ratio);
    if (batch == 32) reached = ratio >= kGoal;
  }
  std::printf("goal at batch 32: %.1f\n", kGoal);
  return reached ? 0 : 1;
}
