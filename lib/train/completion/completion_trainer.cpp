// SPDX-License-Identifier: MIT
// Owns the training of the network that completes faces in one pass.
#include <torch/types.h>  // first: LibTorch's clip_grad.h does not include it

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/completion_training.h>
#include <ganface/error.h>
#include <ganface/model_path.h>
#include <ganface/sheet.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>

#include <algorithm>

#include "eval/evaluation_references.h"
#include "models/completion_network.h"
#include "models/model_file.h"
#include "nn/layers/frequency_bands.h"
#include "nn/layers/losses.h"
#include "nn/runtime/images.h"
#include "nn/runtime/translate.h"
#include "train/completion/completion_losses.h"
#include "train/completion/sharpening_fit.h"
#include "train/loop/batches_ahead.h"
#include "train/loop/scene_batches.h"
#include "train/loop/schedule.h"
#include "train/synthetic/completion_scenes.h"

namespace ganface {
namespace {

using train::CompletionSample;
using train::CompletionScenes;
using train::Random;

constexpr char kCompletion[] = "completion", kSharpening[] = "sharpening";
constexpr size_t kSharpenedFaces = 400;   // photographs that sharpening is fitted to
constexpr double kKeptWeight = 0.05;      // of a pixel outside the hole
constexpr double kFineWeight = 0.4;       // of the hole's error beside a critic's judgement
constexpr double kCoarseWeight = 1.2;     // of the error of its cells then
constexpr double kGridWeight = 20;        // of what repeats from block to block then
constexpr double kBandWeight = 0.05;      // of the energies of detail then
constexpr double kReferenceWeight = 0.5;  // of the moved reference's error
constexpr double kFlowWeight = 2;         // of the flow's error, half sides
constexpr double kGradientLimit = 5;      // norm
constexpr double kCriticRate = 0.5;       // of the network's step size
constexpr int64_t kFiguresEach = 10;      // steps
constexpr double kWarmUpSteps = 200;
constexpr double kMostWarmUp = 0.02;  // of a run
constexpr double kMemory = 0.95;      // of running means

// Samples side by side, as bytes: those with a reference come first.
struct SyntheticBatch {
  at::Tensor truth, damaged, reference;  // [N, S, S, 3]
  at::Tensor hole, valid;                // [N, S, S, 1]
  at::Tensor flow;                       // float [N, 2, 16, 16]
  at::Tensor has_flow;                   // float [N, 1, 1, 1]
  int64_t with_reference = 0;
};

struct Batch {
  at::Tensor truth;
  nn::CompletionInput input;
  at::Tensor flow;      // [M, 2, 16, 16]
  at::Tensor has_flow;  // [N, 1, 1, 1]
};

SyntheticBatch paint_batch(const CompletionScenes& scenes, const std::vector<Random>& random) {
  std::vector<CompletionSample> samples(random.size());
  train::for_each_sample(random, [&](size_t i, Random& own) { samples[i] = scenes.sample(own); });
  const auto none = std::stable_partition(samples.begin(), samples.end(), [](const auto& sample) {
    return sample.kind != train::ReferenceKind::kNone;
  });
  const auto stacked = [&](Image CompletionSample::*member) {
    std::vector<Image> list;
    for (CompletionSample& sample : samples) list.push_back(std::move(sample.*member));
    return nn::stack_images(list);
  };
  const auto n = static_cast<int64_t>(samples.size());
  SyntheticBatch batch;
  batch.with_reference = none - samples.begin();
  batch.flow = at::zeros({n, 2, nn::kFieldSize, nn::kFieldSize});
  batch.has_flow = at::zeros({n, 1, 1, 1});
  for (int64_t i = 0; i < n; ++i) {
    const std::vector<float>& flow = samples[static_cast<size_t>(i)].flow;
    if (flow.empty()) continue;
    std::copy(flow.begin(), flow.end(), batch.flow[i].data_ptr<float>());
    batch.has_flow[i] = 1;
  }
  batch.truth = stacked(&CompletionSample::truth);
  batch.damaged = stacked(&CompletionSample::damaged);
  batch.reference = stacked(&CompletionSample::reference);
  batch.hole = stacked(&CompletionSample::hole);
  batch.valid = stacked(&CompletionSample::valid);
  return batch;
}

Batch batch_on(const torch::Device& device, const SyntheticBatch& painted, nn::FacePrior& prior) {
  const auto images = [&](const at::Tensor& stacked) {
    return nn::network_input(stacked.to(device)).contiguous();
  };
  const auto masks = [&](const at::Tensor& stacked) {
    return stacked.to(device).ne(0).to(torch::kFloat32).permute({0, 3, 1, 2}).contiguous();
  };
  Batch batch;
  batch.truth = images(painted.truth);
  batch.input.crop = images(painted.damaged);
  batch.input.hole = masks(painted.hole);
  if (painted.with_reference > 0) {
    batch.input.reference = images(painted.reference.slice(0, 0, painted.with_reference));
    batch.input.valid = masks(painted.valid.slice(0, 0, painted.with_reference));
  }
  batch.flow = painted.flow.slice(0, 0, painted.with_reference).to(device);
  batch.has_flow = painted.has_flow.to(device);
  if (!prior.is_empty())
    batch.input.prior_sample = prior.sample(batch.input.crop, batch.input.hole);
  return batch;
}

void set_trained(torch::nn::Module& network, bool trained) {
  for (at::Tensor& parameter : network.parameters()) parameter.set_requires_grad(trained);
}

// The logits of the patches that see something of the hole.
at::Tensor judged(const at::Tensor& logits, const at::Tensor& hole) {
  const int64_t cell = hole.size(2) / logits.size(2);
  return logits.masked_select(at::max_pool2d(hole, cell).gt(0));
}

// Half sides, of the faces whose flow is known; 0 of the others with a reference.
at::Tensor flow_error(const nn::CompletionOutput& output, const Batch& batch) {
  return (output.network_field.flow - batch.flow).abs() *
         batch.has_flow.slice(0, 0, batch.flow.size(0));
}

class Training : public train::SyntheticTraining {
 public:
  Training(const CompletionTrainingOptions& options, const CompletionScenes& scenes,
           const nn::CompletionModel& from, const nn::Execution& execution)
      : options_(options),
        device_(execution.device),
        painted_(
            [&options, &scenes](int64_t number) {
              return paint_batch(scenes,
                                 train::randoms_of(options.seed, number, options.batch_size));
            },
            device_),
        network_(from.network ? from.network : nn::CompletionNetwork(execution)),
        prior_(from.prior) {
    at::Generator random = at::detail::createCPUGenerator(options.seed);
    if (!from.network) nn::initialise_completion(*network_, random);
    network_->train(!options.fixed_statistics);
    set_trained(*network_, true);
    optimiser_ = std::make_unique<torch::optim::Adam>(
        network_->parameters(), torch::optim::AdamOptions(options.learning_rate)
                                    .betas({options.adversarial > 0 ? 0.5 : 0.9, 0.999}));
    if (options.adversarial == 0) return;
    critic_ = from.critic ? from.critic : nn::PatchCritic(execution);
    if (!from.critic) nn::initialise_completion(*critic_, random);
    critic_->train();
    critic_optimiser_ = std::make_unique<torch::optim::Adam>(
        critic_->parameters(),
        torch::optim::AdamOptions(options.learning_rate).betas({0.5, 0.999}));
  }

  Step step(int64_t number, double done) override {
    // Adam's first steps are of full size, whatever the gradients.
    const double warm =
        std::min(1.0, std::max(static_cast<double>(number + 1) / kWarmUpSteps, done / kMostWarmUp));
    train::set_cosine_rate(*optimiser_, warm * options_.learning_rate, done);
    const Batch batch = batch_on(device_, painted_.take(number), prior_);
    const at::Tensor& hole = batch.input.hole;
    const nn::CompletionOutput output = network_(batch.input);
    const at::Tensor difference = output.image - batch.truth;
    const at::Tensor error = train::root_mean_square(difference, hole);
    at::Tensor loss =
        kKeptWeight * train::weighted_mean(difference.abs(), 1 - hole) +
        (options_.adversarial > 0
             ? kFineWeight * error + kCoarseWeight * train::coarse_error(difference, hole)
             : error);
    if (batch.input.reference.defined()) {
      const at::Tensor moves = output.valid * batch.has_flow;
      loss =
          loss +
          kReferenceWeight * train::weighted_mean((output.reference - batch.truth).abs(), moves) +
          kFlowWeight * flow_error(output, batch).sum() /
              static_cast<double>(2 * nn::kFieldSize * nn::kFieldSize * batch.truth.size(0));
    }
    const at::Tensor completed = batch.truth + hole * (output.image - batch.truth);
    if (options_.adversarial > 0) {
      train_critic(completed.detach(), batch.truth, hole, done);
      // The critic is heard on detail alone: which face it is, the kept pixels say better.
      const auto bands = nn::without_each_band(completed, train::kBands);
      const at::Tensor& smooth = bands.back();
      loss = loss + judgement(completed - smooth + smooth.detach(), batch.truth, hole) +
             kGridWeight * train::grid_energy(completed, hole) +
             kBandWeight *
                 train::band_error(bands, nn::without_each_band(batch.truth, train::kBands), hole);
    }
    optimiser_->zero_grad();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(network_->parameters(), kGradientLimit);
    optimiser_->step();
    if (number % kFiguresEach == 0) {
      torch::NoGradGuard no_gradient;
      const double sharp = (train::gradient_energy(completed, hole).sum() /
                            train::gradient_energy(batch.truth, hole).sum().clamp_min(1e-6))
                               .item<double>();
      follow(sharpness_, sharp);
      const double moved = batch.has_flow.sum().item<double>();
      if (moved > 0)
        follow(flow_px_, flow_error(output, batch).sum().item<double>() * nn::kCompletionSize / 2 /
                             (moved * 2 * nn::kFieldSize * nn::kFieldSize));
    }
    return {loss.item<double>(), error.item<double>()};
  }

  std::string figures() const override {
    std::string text = ", \"sharpness\": " + std::to_string(sharpness_) +
                       ", \"flow_px\": " + std::to_string(flow_px_);
    if (options_.adversarial > 0)
      text += ", \"critic_loss\": " + std::to_string(critic_loss_) +
              ", \"judgement\": " + std::to_string(judgement_);
    return text;
  }

  // A finished model has no critic, and its weights are rounded.
  bool keeps_snapshot() const override { return true; }

  void write(const NetworkProgress& progress, const std::filesystem::path& file,
             bool finished) override {
    core::TensorFile content;
    content.metadata = {
        {"architecture", nn::kCompletionArchitecture},
        {"image_size", std::to_string(nn::kCompletionSize)},
        {"canonical_crop", "128 px; columns and rows 61 to 188 of deep-funneled LFW"},
        {"licence", "MIT"},
        {"from", std::filesystem::path(options_.from).filename().string()},
        {"adversarial", std::to_string(options_.adversarial)},
        {"feature_matching", std::to_string(options_.feature_matching)},
        {"epochs", std::to_string(options_.epochs)},
        {"batch_size", std::to_string(options_.batch_size)},
        {"learning_rate", std::to_string(options_.learning_rate)},
        {"fixed_statistics", options_.fixed_statistics ? "true" : "false"},
        {"seed", std::to_string(options_.seed)},
        {"steps", std::to_string(progress.step)},
        {"error", std::to_string(progress.error)},
        {"training_data", options_.data_name.empty() ? options_.folder.lexically_normal().string()
                                                     : options_.data_name}};
    nn::add_network(content, "network", *network_, finished ? torch::kBFloat16 : torch::kFloat32);
    if (!prior_.is_empty()) nn::add_prior(content, prior_);
    if (!finished && options_.adversarial > 0) nn::add_network(content, "critic", *critic_);
    core::write_safetensors(file, content);
  }

 private:
  static void follow(double& mean, double value) {
    mean = mean == 0 ? value : kMemory * mean + (1 - kMemory) * value;
  }

  void train_critic(const at::Tensor& completed, const at::Tensor& truth, const at::Tensor& hole,
                    double done) {
    train::set_cosine_rate(*critic_optimiser_, kCriticRate * options_.learning_rate, done);
    set_trained(*critic_, true);
    const at::Tensor loss = nn::discriminator_loss(judged(critic_(truth, hole).back(), hole),
                                                   judged(critic_(completed, hole).back(), hole),
                                                   nn::AdversarialLoss::kHinge);
    critic_optimiser_->zero_grad();
    loss.backward();
    critic_optimiser_->step();
    follow(critic_loss_, loss.item<double>());
    set_trained(*critic_, false);
  }

  at::Tensor judgement(const at::Tensor& completed, const at::Tensor& truth,
                       const at::Tensor& hole) {
    const std::vector<at::Tensor> features = critic_(completed, hole);
    const at::Tensor verdict =
        nn::generator_loss(judged(features.back(), hole), nn::AdversarialLoss::kHinge);
    follow(judgement_, verdict.item<double>());
    at::Tensor loss = options_.adversarial * verdict;
    if (options_.feature_matching > 0) {
      std::vector<at::Tensor> real;
      {
        torch::NoGradGuard no_gradient;
        real = critic_(truth, hole);
      }
      for (size_t layer = 0; layer + 1 < features.size(); ++layer)
        loss = loss + options_.feature_matching *
                          (features[layer] - real[layer]).abs().to(torch::kFloat32).mean();
    }
    return loss;
  }

  const CompletionTrainingOptions& options_;
  const torch::Device device_;
  train::BatchesAhead<SyntheticBatch> painted_;
  nn::CompletionNetwork network_;
  nn::FacePrior prior_;
  nn::PatchCritic critic_{nullptr};  // none without a weight for it
  std::unique_ptr<torch::optim::Adam> optimiser_, critic_optimiser_;
  double sharpness_ = 0, flow_px_ = 0, critic_loss_ = 0, judgement_ = 0;
};

nn::FacePrior load_prior(const CompletionTrainingOptions& options, const nn::Execution& execution) {
  const std::filesystem::path file = find_model(options.prior);
  nn::Model model = nn::load_model(file, execution);
  if (model.encoder.is_empty() || nn::kCompletionSize % model.generator->options.image_size != 0)
    throw Error(ErrorCode::kModel,
                "model '" + file.string() +
                    "' cannot make prior samples for completion: expected one " +
                    "with an encoder, of 16, 32, 64 or 128 pixels; ganface train-encoder adds one");
  return {model.generator, model.encoder};
}

// Writes the model to go on with again, with the sharpening that its completions want.
bool sharpen(const CompletionTrainingOptions& options, nn::CompletionModel model,
             const nn::Execution& execution) {
  const std::vector<std::filesystem::path> files =
      repair::spread(list_images(options.folder), kSharpenedFaces);
  core::TensorFile content = core::read_safetensors(find_model(options.from));
  content.metadata[nn::kSharpening] = train::fit_sharpening(model, execution, files).text();
  core::write_safetensors(options.out, content);
  return true;
}

}  // namespace

void CompletionTrainingOptions::validate() const {
  SyntheticTrainingOptions::validate();
  const auto expect = [](bool valid, const char* what) {
    if (!valid) throw Error(ErrorCode::kUsage, what);
  };
  if (network != kCompletion && network != kSharpening)
    throw Error(ErrorCode::kUsage,
                "network '" + network + "' is unknown; expected completion or sharpening");
  expect(network == kCompletion || !from.empty(),
         "sharpening needs a model whose completions it is to fit; expected from");
  expect(adversarial >= 0 && adversarial <= 10, "adversarial must be 0 to 10");
  expect(!fixed_statistics || !from.empty(),
         "fixed-statistics needs a model to go on with; expected from");
  expect(feature_matching >= 0 && feature_matching <= 100, "feature-matching must be 0 to 100");
}

bool train_completion(const CompletionTrainingOptions& options, const NetworkObserver& observe) {
  options.validate();
  return nn::translated("training the completion network", [&] {
    const nn::Execution execution = nn::choose_execution(options.device);
    nn::CompletionModel from;
    if (!options.from.empty()) {
      const std::filesystem::path file = find_model(options.from);
      from = nn::load_completion_model(core::read_safetensors(file), file, execution);
    }
    if (from.prior.is_empty() && !options.prior.empty())
      from.prior = load_prior(options, execution);
    if (options.network == kSharpening) return sharpen(options, std::move(from), execution);
    const train::Photographs photographs(options.folder);
    const CompletionScenes scenes(photographs);
    Training training(options, scenes, from, execution);
    return train::run_training(training, options, "completion", photographs.size(), observe);
  });
}

void write_completion_samples(const std::filesystem::path& folder, int count, uint64_t seed,
                              const std::filesystem::path& file) {
  if (count < 1 || count > 4096) throw Error(ErrorCode::kUsage, "samples must be 1 to 4096");
  const train::Photographs photographs(folder);
  const CompletionScenes scenes(photographs);
  std::vector<Image> cells;
  for (Random& random : train::randoms_of(seed, 0, count)) {
    CompletionSample sample = scenes.sample(random);
    for (size_t i = 0; i < sample.hole.pixels.size(); ++i)
      for (size_t c = 0; c < 3; ++c) {
        if (sample.valid.pixels[i] == 0) sample.reference.pixels[3 * i + c] = 0;
      }
    Image hole(sample.hole.width, sample.hole.height, 3);
    for (size_t i = 0; i < sample.hole.pixels.size(); ++i)
      std::fill_n(hole.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3,
                  sample.hole.pixels[i]);
    cells.insert(cells.end(), {std::move(sample.damaged), std::move(hole),
                               std::move(sample.reference), std::move(sample.truth)});
  }
  write_png(file, contact_sheet(cells, std::min(count, 3) * 4).view());
}

}  // namespace ganface
