// SPDX-License-Identifier: MIT
// Owns the training of an encoder for a trained generator.
#include <torch/types.h>  // first: LibTorch's clip_grad.h does not include it

#include <ATen/CPUGeneratorImpl.h>
#include <ganface/encoder_training.h>
#include <ganface/error.h>
#include <ganface/model_path.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>

#include <iterator>

#include "eval/image_folder.h"
#include "models/model_file.h"
#include "nn/runtime/translate.h"
#include "train/adversarial/inversion_player.h"
#include "train/adversarial/training_holes.h"
#include "train/loop/schedule.h"

namespace ganface {
namespace {

constexpr double kLargestGradient = 1.0;

// The model's own encoder, or a fresh one; its parameters are to be trained.
nn::Encoder first_encoder(const nn::Model& model, const nn::Execution& execution, uint64_t seed) {
  nn::Encoder encoder = model.encoder;
  if (!encoder) {
    encoder = nn::Encoder(model.generator->options, execution);
    nn::initialise(*encoder, nn::Initialisation::kDcgan, at::detail::createCPUGenerator(seed));
  }
  encoder->train();
  for (at::Tensor& parameter : encoder->parameters()) parameter.set_requires_grad(true);
  return encoder;
}

}  // namespace

void EncoderTrainingOptions::validate() const {
  NetworkTrainingOptions::validate();
  if (!(realism >= 0 && realism <= 1000))
    throw Error(ErrorCode::kUsage, "realism must be 0 to 1000");
}

bool train_encoder(const EncoderTrainingOptions& options, const NetworkObserver& observe) {
  options.validate();
  return nn::translated("training the encoder", [&] {
    const nn::Execution execution = nn::choose_execution(options.device);
    const std::filesystem::path file = find_model(options.model);
    nn::Model model = nn::load_model(file, execution);
    const nn::NetworkOptions& networks = model.generator->options;
    const auto side = static_cast<int>(networks.image_size);
    const train::ImageFolder data(options.folder, side);
    const int64_t batch = options.batch_size;
    const int64_t steps_per_epoch = train::count_batches(options.folder, data.size(), batch);
    nn::Encoder encoder = first_encoder(model, execution, options.seed);
    torch::optim::Adam optimiser(encoder->parameters(),
                                 torch::optim::AdamOptions(options.learning_rate));
    train::RandomSource random(options.seed);
    train::ProgressMeter meter(steps_per_epoch, options.epochs, batch);
    at::Tensor order;
    while (meter.progress().step < meter.progress().steps) {
      const int64_t step = meter.progress().step, first = step % steps_per_epoch * batch;
      if (first == 0)
        order = at::randperm(data.size(), at::detail::createCPUGenerator(
                                              options.seed + static_cast<uint64_t>(step)));
      const at::Tensor mirrored = random.uniform(batch) < 0.5;
      const at::Tensor faces =
          data.batch(order.slice(0, first, first + batch), mirrored).to(execution.device);
      const at::Tensor holes = train::draw_holes(batch, side, random).to(execution.device);

      train::set_cosine_rate(
          optimiser, options.learning_rate,
          static_cast<double>(step) / static_cast<double>(meter.progress().steps));
      optimiser.zero_grad();
      const at::Tensor images = model.generator(encoder(faces, holes));
      const at::Tensor error = (images - faces).abs();
      // The hole counts as much as the whole picture, whatever its size.
      const at::Tensor hole_error = train::mean_hole_error(error, holes);
      at::Tensor loss = error.mean() + hole_error;
      if (options.realism > 0)
        loss = loss - options.realism * at::log_sigmoid(model.discriminator(images)).mean();
      loss.backward();
      torch::nn::utils::clip_grad_norm_(encoder->parameters(), kLargestGradient);
      optimiser.step();
      const NetworkProgress& progress = meter.add(loss.item<double>(), hole_error.item<double>());
      if (!observe(progress) && progress.step < progress.steps) return false;
    }
    core::TensorFile content = core::read_safetensors(file);
    for (auto tensor = content.tensors.begin(); tensor != content.tensors.end();)
      tensor = tensor->first.rfind("encoder.", 0) == 0 ? content.tensors.erase(tensor)
                                                       : std::next(tensor);
    // bfloat16 halves the file; a start of a search needs no more.
    nn::add_network(content, "encoder", *encoder, torch::kBFloat16);
    content.metadata["encoder.epochs"] = std::to_string(options.epochs);
    content.metadata["encoder.seed"] = std::to_string(options.seed);
    content.metadata["encoder.training_data"] =
        options.data_name.empty() ? options.folder.lexically_normal().string() : options.data_name;
    core::write_safetensors(options.out, content);
    return true;
  });
}

}  // namespace ganface
