// SPDX-License-Identifier: MIT
// Owns the players of the game and one iteration of it.
#include "train/adversarial/adversarial_game.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <torch/utils.h>

#include "nn/layers/losses.h"
#include "nn/runtime/process_group.h"
#include "train/adversarial/gradient_penalty.h"

namespace ganface::train {
namespace {

// The penalty is taken at every so many iterations (lazy regularisation, Karras et al. 2020).
constexpr int64_t kPenaltyInterval = 16;
// D judges every second face of the encoder.
constexpr int64_t kJudgedInterval = 2;

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

// Parameters, and the statistics that came with them.
void copy_state(const torch::nn::Module& from, torch::nn::Module& to) {
  copy_parameters(from, to);
  torch::NoGradGuard no_gradient;
  const auto source = from.buffers();
  auto target = to.buffers();
  for (size_t i = 0; i < source.size(); ++i) target[i].copy_(source[i]);
}

void move_average(const torch::nn::Module& network, torch::nn::Module& average, double decay) {
  torch::NoGradGuard no_gradient;
  const auto current = network.parameters();
  auto mean = average.parameters();
  for (size_t i = 0; i < current.size(); ++i) mean[i].lerp_(current[i], 1 - decay);
}

// Estimates the running statistics of every batch norm anew while run(i) passes batches 0 to n - 1
// through `network`, and leaves it in evaluation mode.
template <typename Run>
void estimate_statistics(torch::nn::Module& network, size_t batches, Run run) {
  torch::NoGradGuard no_gradient;
  std::vector<nn::BatchNormImpl*> norms;
  for (const auto& module : network.modules())
    if (auto* norm = module->as<nn::BatchNormImpl>()) norms.push_back(norm);
  network.train();
  for (size_t batch = 0; batch < batches; ++batch) {
    // A momentum of 1/n makes the running statistics the mean over the n batches so far.
    for (auto* norm : norms) norm->momentum = 1.0 / static_cast<double>(batch + 1);
    run(batch);
  }
  network.eval();
}

nn::Execution alone(const nn::Execution& execution) {
  nn::Execution own = execution;
  own.group = nullptr;
  return own;
}

}  // namespace

AdversarialGame::AdversarialGame(const GameOptions& options, const nn::Execution& execution,
                                 uint64_t seed)
    : generator(options.networks, execution),
      discriminator(options.networks, execution),
      average(options.networks, execution),
      generator_optimiser(generator->parameters(), adam_options(options)),
      discriminator_optimiser(discriminator->parameters(), adam_options(options)),
      options_(options),
      execution_(execution) {
  at::Generator random = at::detail::createCPUGenerator(seed);
  const auto begin = [&](torch::nn::Module& network, torch::nn::Module* mean) {
    nn::initialise(network, options.initialisation, random);
    if (mean == nullptr) return;
    copy_parameters(network, *mean);
    require_gradients(*mean, false);
  };
  begin(*generator, average.get());
  begin(*discriminator, nullptr);
  if (options.reconstruction > 0) {
    inversion =
        std::make_unique<InversionPlayer>(options.networks, execution, adam_options(options));
    begin(*inversion->encoder, inversion->average.get());
  }
}

void AdversarialGame::start_from(const nn::Model& model) {
  const auto wanted = nn::architecture_metadata(options_.networks);
  for (const auto& [key, value] : nn::architecture_metadata(model.generator->options)) {
    if (value != wanted.at(key))
      throw Error(ErrorCode::kUsage, "cannot start from a model whose " + key + " is " + value +
                                         ": it is " + wanted.at(key) + " here; give the same");
  }
  copy_state(*model.generator, *generator);
  copy_state(*model.generator, *average);
  copy_state(*model.discriminator, *discriminator);
  if (!inversion || !model.encoder) return;
  copy_state(*model.encoder, *inversion->encoder);
  copy_state(*model.encoder, *inversion->average);
}

void AdversarialGame::share_gradients(torch::nn::Module& network) const {
  if (!execution_.group) return;
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : network.parameters())
    if (parameter.grad().defined()) gradients.push_back(parameter.mutable_grad());
  execution_.group->average(gradients);
}

void AdversarialGame::step_discriminator(int64_t step, const at::Tensor& real,
                                         const at::Tensor& fake, int64_t from_noise,
                                         GameReport& report, RandomSource& random) {
  discriminator_optimiser.zero_grad();
  const at::Tensor seen = augment(real, options_.augmentation, random);
  const at::Tensor real_logits = discriminator(seen);
  const at::Tensor fake_logits = discriminator(fake.detach());
  at::Tensor loss = nn::discriminator_loss(real_logits, fake_logits, options_.loss);
  if (options_.gradient_penalty > 0 && step % kPenaltyInterval == 0)
    loss =
        loss + options_.gradient_penalty * kPenaltyInterval * gradient_penalty(discriminator, seen);
  loss.backward();
  share_gradients(*discriminator);
  discriminator_optimiser.step();

  torch::NoGradGuard no_gradient;
  const at::Tensor noise_logits = fake_logits.slice(0, 0, from_noise);
  report.value = nn::game_value(real_logits, noise_logits).item<double>();
  report.real_score = real_logits.sigmoid().mean().item<double>();
  report.fake_score = noise_logits.sigmoid().mean().item<double>();
}

GameReport AdversarialGame::play(int64_t step, const std::vector<at::Tensor>& real,
                                 const std::vector<at::Tensor>& z, RandomSource& random) {
  GameReport report;
  DamagedBatch damaged;
  at::Tensor encoded, images, fake;
  const int64_t count = z.back().size(0);
  for (size_t k = 0; k < real.size(); ++k) {
    const bool last = k + 1 == real.size();
    {
      torch::AutoGradMode gradients(last);
      if (inversion && last) {
        damaged = damage(real[k], random);
        encoded = inversion->encoder(damaged.faces, damaged.holes);
        images = generator(at::cat({z[k], encoded}));
        fake = at::cat(
            {images.slice(0, 0, count), images.slice(0, count, images.size(0), kJudgedInterval)});
      } else {
        fake = images = generator(z[k]);
      }
      fake = augment(fake, options_.augmentation, random);
    }
    step_discriminator(step, real[k], fake, count, report, random);
  }
  generator_optimiser.zero_grad();
  if (inversion) inversion->optimiser.zero_grad();
  require_gradients(*discriminator, false);
  at::Tensor loss = nn::generator_loss(discriminator(fake), options_.loss);
  if (inversion) {
    const at::Tensor reconstruction =
        inversion->loss(damaged, encoded, images.slice(0, count), random);
    report.reconstruction = reconstruction.item<double>();
    loss = loss + options_.reconstruction * reconstruction;
  }
  loss.backward();
  require_gradients(*discriminator, true);
  share_gradients(*generator);
  generator_optimiser.step();
  move_average(*generator, *average, options_.ema_decay);
  if (inversion) {
    share_gradients(*inversion->encoder);
    inversion->optimiser.step();
    move_average(*inversion->encoder, *inversion->average, options_.ema_decay);
  }
  return report;
}

nn::Generator AdversarialGame::averaged_generator(const std::vector<at::Tensor>& z) const {
  nn::Generator shipped(options_.networks, alone(execution_));
  copy_parameters(*average, *shipped);
  require_gradients(*shipped, false);
  estimate_statistics(*shipped, z.size(),
                      [&](size_t batch) { shipped(z[batch].to(execution_.device)); });
  return shipped;
}

nn::Encoder AdversarialGame::averaged_encoder(const std::vector<DamagedBatch>& faces) const {
  nn::Encoder shipped(options_.networks, alone(execution_));
  copy_parameters(*inversion->average, *shipped);
  if (options_.networks.centred) shipped->set_mean(*discriminator->named_buffers().find("mean"));
  require_gradients(*shipped, false);
  estimate_statistics(*shipped, faces.size(),
                      [&](size_t batch) { shipped(faces[batch].faces, faces[batch].holes); });
  return shipped;
}

std::vector<std::pair<std::string, nn::LayerRecord>> measure_layers(AdversarialGame& game,
                                                                    const at::Tensor& real,
                                                                    const at::Tensor& z,
                                                                    nn::AdversarialLoss loss) {
  // Running statistics and power iterations move as a batch passes: they are put back.
  std::vector<std::pair<at::Tensor, at::Tensor>> buffers;
  for (torch::nn::Module* network : {static_cast<torch::nn::Module*>(game.generator.get()),
                                     static_cast<torch::nn::Module*>(game.discriminator.get())})
    for (at::Tensor& buffer : network->buffers()) buffers.emplace_back(buffer, buffer.clone());

  std::vector<std::pair<std::string, nn::LayerRecord>> records;
  nn::LayerProbe in_generator, in_discriminator;
  const at::Tensor fake = game.generator(z, &in_generator);
  nn::generator_loss(game.discriminator(fake), loss).backward();
  nn::discriminator_loss(game.discriminator(real, &in_discriminator),
                         game.discriminator(fake.detach()), loss)
      .backward();
  for (const auto& record : in_generator.records()) records.emplace_back("generator", record);
  for (const auto& record : in_discriminator.records())
    records.emplace_back("discriminator", record);
  game.generator->zero_grad();
  game.discriminator->zero_grad();
  torch::NoGradGuard no_gradient;
  for (auto& [buffer, before] : buffers) buffer.copy_(before);
  return records;
}

}  // namespace ganface::train
