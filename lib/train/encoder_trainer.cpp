// SPDX-License-Identifier: MIT
// Owns the training of an encoder for a trained generator.
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <ganface/holes.h>
#include <ganface/model_path.h>
#include <ganface/training.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>

#include <chrono>
#include <cmath>

#include "gan/model_file.h"
#include "gan/translate.h"
#include "train/image_folder.h"

namespace ganface {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kProgressMemory = 0.98;
constexpr double kLargestGradient = 1.0;

// Every kind of hole that a repair may meet.
constexpr Region kRegions[] = {Region::kCenter,  Region::kLeft,   Region::kRight,
                               Region::kTop,     Region::kBottom, Region::kEyes,
                               Region::kNose,    Region::kMouth,  Region::kRandom,
                               Region::kPattern, Region::kRandom, Region::kPattern};

at::Tensor draw_holes(int64_t count, int size, at::Generator& random) {
  at::Tensor holes = at::empty({count, 1, size, size});
  const at::Tensor kinds = at::randint(static_cast<int64_t>(std::size(kRegions)), {count}, random,
                                       at::TensorOptions(torch::kInt64));
  const at::Tensor seeds =
      at::randint(int64_t{1} << 40, {count}, random, at::TensorOptions(torch::kInt64));
  for (int64_t i = 0; i < count; ++i) {
    const Region region = kRegions[kinds[i].item<int64_t>()];
    const Image hole = region_hole(region, size, static_cast<uint64_t>(seeds[i].item<int64_t>()));
    std::transform(hole.pixels.begin(), hole.pixels.end(), holes[i].data_ptr<float>(),
                   [](uint8_t pixel) { return pixel != 0 ? 1.f : 0.f; });
  }
  return holes;
}

}  // namespace

void EncoderTrainingOptions::validate() const {
  const auto expect = [](bool valid, const std::string& what) {
    if (!valid) throw Error(ErrorCode::kUsage, what);
  };
  expect(!folder.empty(), "no folder of training images was given");
  expect(out.extension() == ".safetensors",
         "the model file '" + out.string() + "' must end in .safetensors");
  expect(batch_size >= 2 && batch_size <= 4096, "batch size must be 2 to 4096");
  expect(epochs >= 1 && epochs <= 100000, "epochs must be 1 to 100000");
  expect(learning_rate > 0 && learning_rate <= 1, "learning rate must be above 0, at most 1");
  expect(realism >= 0 && realism <= 1000, "realism must be 0 to 1000");
}

bool train_encoder(const EncoderTrainingOptions& options,
                   const std::function<bool(const EncoderProgress&)>& observe) {
  options.validate();
  return gan::translated("training the encoder", [&] {
    const gan::Execution execution = gan::choose_execution(options.device);
    const std::filesystem::path file = find_model(options.model);
    gan::Model model = gan::load_model(file, execution);
    const gan::NetworkOptions& networks = model.generator->options;
    const auto side = static_cast<int>(networks.image_size);
    const train::ImageFolder data(options.folder, side);
    const int64_t batch = options.batch_size, steps_per_epoch = data.size() / batch;
    if (steps_per_epoch == 0)
      throw Error(ErrorCode::kInput,
                  "folder '" + options.folder.string() + "' holds " + std::to_string(data.size()) +
                      " images, fewer than one batch of " + std::to_string(batch));
    torch::manual_seed(options.seed);
    gan::Encoder encoder(networks, execution);
    gan::initialise_dcgan(*encoder);
    torch::optim::Adam optimiser(encoder->parameters(),
                                 torch::optim::AdamOptions(options.learning_rate));
    at::Generator random = at::detail::createCPUGenerator(options.seed);
    EncoderProgress progress;
    progress.steps = steps_per_epoch * options.epochs;
    double seconds_per_step = 0;
    auto previous = Clock::now();
    at::Tensor order;
    while (progress.step < progress.steps) {
      const int64_t first = progress.step % steps_per_epoch * batch;
      if (first == 0) order = at::randperm(data.size(), random);
      const at::Tensor mirrored = at::rand({batch}, random) < 0.5;
      const at::Tensor faces =
          data.batch(order.slice(0, first, first + batch), mirrored).to(execution.device);
      const at::Tensor holes = draw_holes(batch, side, random).to(execution.device);

      const double done = static_cast<double>(progress.step) / static_cast<double>(progress.steps);
      static_cast<torch::optim::AdamOptions&>(optimiser.param_groups().front().options())
          .lr(options.learning_rate * (1 + std::cos(M_PI * done)) / 2);
      optimiser.zero_grad();
      const at::Tensor images = model.generator(encoder(faces, holes));
      const at::Tensor error = (images - faces).abs();
      // The hole counts as much as the whole picture, whatever its size.
      const at::Tensor hole_error =
          (error * holes).flatten(1).sum(1) / (3 * holes.flatten(1).sum(1));
      at::Tensor loss = error.mean() + hole_error.mean();
      if (options.realism > 0)
        loss = loss - options.realism * at::log_sigmoid(model.discriminator(images)).mean();
      loss.backward();
      torch::nn::utils::clip_grad_norm_(encoder->parameters(), kLargestGradient);
      optimiser.step();

      ++progress.step;
      const double value = loss.item<double>();
      if (!std::isfinite(value))
        throw Error(ErrorCode::kInternal, "the encoder's training diverged at step " +
                                              std::to_string(progress.step) +
                                              "; try a lower learning rate");
      const auto now = Clock::now();
      const double seconds = std::chrono::duration<double>(now - previous).count();
      previous = now;
      const double memory = progress.step == 1 ? 0 : kProgressMemory;
      seconds_per_step = memory * seconds_per_step + (1 - memory) * seconds;
      progress.loss = memory * progress.loss + (1 - memory) * value;
      progress.hole_error =
          memory * progress.hole_error + (1 - memory) * hole_error.mean().item<double>();
      progress.epoch = static_cast<double>(progress.step) / static_cast<double>(steps_per_epoch);
      progress.images_per_second = static_cast<double>(batch) / seconds_per_step;
      if (!observe(progress) && progress.step < progress.steps) return false;
    }
    core::TensorFile content = core::read_safetensors(file);
    for (auto tensor = content.tensors.begin(); tensor != content.tensors.end();)
      tensor = tensor->first.rfind("encoder.", 0) == 0 ? content.tensors.erase(tensor)
                                                       : std::next(tensor);
    // bfloat16 halves the file; a start of a search needs no more.
    gan::add_network(content, "encoder", *encoder, torch::kBFloat16);
    content.metadata["encoder.epochs"] = std::to_string(options.epochs);
    content.metadata["encoder.seed"] = std::to_string(options.seed);
    content.metadata["encoder.training_data"] =
        options.data_name.empty() ? options.folder.lexically_normal().string() : options.data_name;
    core::write_safetensors(options.out, content);
    return true;
  });
}

}  // namespace ganface
