// SPDX-License-Identifier: MIT
// Owns the players of the game and one iteration of it (method.md section 2).
#include "train/adversarial_game.h"

#include <torch/utils.h>

#include "gan/losses.h"

namespace ganface::train {
namespace {

torch::optim::AdamOptions adam_options(const GameOptions& options) {
  return torch::optim::AdamOptions(options.learning_rate)
      .betas(std::make_tuple(options.beta1, 0.999));
}

void require_gradients(torch::nn::Module& network, bool required) {
  for (at::Tensor& parameter : network.parameters()) parameter.set_requires_grad(required);
}

void copy_parameters(const torch::nn::Module& from, torch::nn::Module& to) {
  torch::NoGradGuard no_gradient;
  const auto source = from.parameters();
  auto target = to.parameters();
  for (size_t i = 0; i < source.size(); ++i) target[i].copy_(source[i]);
}

}  // namespace

AdversarialGame::AdversarialGame(const GameOptions& options, const gan::Execution& execution,
                                 uint64_t seed)
    : generator(options.networks, execution),
      discriminator(options.networks, execution),
      average(options.networks, execution),
      generator_optimiser(generator->parameters(), adam_options(options)),
      discriminator_optimiser(discriminator->parameters(), adam_options(options)),
      options_(options),
      execution_(execution) {
  torch::manual_seed(seed);
  gan::initialise_dcgan(*generator);
  gan::initialise_dcgan(*discriminator);
  copy_parameters(*generator, *average);
  require_gradients(*average, false);
}

GameReport AdversarialGame::play(const std::vector<at::Tensor>& real,
                                 const std::vector<at::Tensor>& z, at::Generator& random) {
  GameReport report;
  at::Tensor fake;
  for (size_t k = 0; k < real.size(); ++k) {
    const bool last = k + 1 == real.size();
    {
      torch::AutoGradMode gradients(last);
      fake = augment(generator(z[k]), options_.augmentation, random);
    }
    discriminator_optimiser.zero_grad();
    const at::Tensor real_logits = discriminator(augment(real[k], options_.augmentation, random));
    const at::Tensor fake_logits = discriminator(fake.detach());
    gan::discriminator_loss(real_logits, fake_logits, options_.loss).backward();
    discriminator_optimiser.step();
    if (last) {
      report.value = gan::game_value(real_logits.detach(), fake_logits.detach()).item<double>();
      report.real_score = real_logits.detach().sigmoid().mean().item<double>();
      report.fake_score = fake_logits.detach().sigmoid().mean().item<double>();
    }
  }
  generator_optimiser.zero_grad();
  require_gradients(*discriminator, false);
  gan::generator_loss(discriminator(fake), options_.loss).backward();
  require_gradients(*discriminator, true);
  generator_optimiser.step();

  torch::NoGradGuard no_gradient;
  const auto current = generator->parameters();
  auto mean = average->parameters();
  for (size_t i = 0; i < current.size(); ++i) mean[i].lerp_(current[i], 1 - options_.ema_decay);
  return report;
}

gan::Generator AdversarialGame::averaged_generator(int batches, int64_t batch_size,
                                                   uint64_t seed) const {
  torch::NoGradGuard no_gradient;
  gan::Generator shipped(options_.networks, execution_);
  copy_parameters(*average, *shipped);
  require_gradients(*shipped, false);
  std::vector<torch::nn::BatchNorm2dImpl*> norms;
  for (const auto& module : shipped->modules())
    if (auto* norm = module->as<torch::nn::BatchNorm2dImpl>()) norms.push_back(norm);
  shipped->train();
  for (int batch = 0; batch < batches; ++batch) {
    // A momentum of 1/n makes the running statistics the mean over the n batches so far.
    for (auto* norm : norms) norm->options.momentum(1.0 / (batch + 1));
    const at::Tensor z = gan::sample_latent(batch_size, options_.networks.latent_size,
                                            seed + static_cast<uint64_t>(batch));
    shipped(z.to(execution_.device));
  }
  shipped->eval();
  return shipped;
}

}  // namespace ganface::train
