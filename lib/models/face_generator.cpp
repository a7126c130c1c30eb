// SPDX-License-Identifier: MIT
// Owns the making of faces from latent vectors.
#include <ganface/error.h>
#include <ganface/face_generator.h>
#include <ganface/model_path.h>

#include <cstring>

#include "models/model_file.h"
#include "nn/runtime/images.h"
#include "nn/runtime/translate.h"

namespace ganface {
namespace {

constexpr int64_t kBatch = 64;  // bounds the memory of a large request

}  // namespace

struct FaceGenerator::Implementation {
  std::filesystem::path file;
  nn::Execution execution;
  nn::Model model;
};

FaceGenerator::FaceGenerator(const std::string& model, const std::string& device) {
  implementation_ = nn::translated("loading model '" + model + "'", [&] {
    const nn::Execution execution = nn::choose_execution(device);
    const std::filesystem::path file = find_model(model);
    return std::unique_ptr<Implementation>(
        new Implementation{file, execution, nn::load_model(file, execution)});
  });
}

FaceGenerator::~FaceGenerator() = default;
FaceGenerator::FaceGenerator(FaceGenerator&&) noexcept = default;
FaceGenerator& FaceGenerator::operator=(FaceGenerator&&) noexcept = default;

int FaceGenerator::size() const {
  return static_cast<int>(implementation_->model.generator->options.image_size);
}

int FaceGenerator::latent_size() const {
  return static_cast<int>(implementation_->model.generator->options.latent_size);
}

std::vector<float> FaceGenerator::sample(int count, uint64_t seed) const {
  const at::Tensor z = nn::sample_latent(count, latent_size(), seed);
  return {z.data_ptr<float>(), z.data_ptr<float>() + z.numel()};
}

std::vector<Image> FaceGenerator::generate(const std::vector<float>& latents) const {
  const auto length = static_cast<size_t>(latent_size());
  if (latents.size() % length != 0)
    throw Error(ErrorCode::kUsage, "got " + std::to_string(latents.size()) +
                                       " latent numbers, expected a multiple of " +
                                       std::to_string(length));
  return nn::translated("generation", [&] {
    torch::NoGradGuard no_gradient;
    at::Tensor z = at::empty({static_cast<int64_t>(latents.size() / length), latent_size()});
    if (!latents.empty()) std::memcpy(z.data_ptr(), latents.data(), latents.size() * sizeof(float));
    std::vector<Image> images;
    for (int64_t first = 0; first < z.size(0); first += kBatch) {
      const at::Tensor part = z.slice(0, first, std::min(first + kBatch, z.size(0)));
      const at::Tensor faces =
          implementation_->model.generator(part.to(implementation_->execution.device));
      // It would be painted black.
      if (!at::isfinite(faces).all().item<bool>())
        throw Error(ErrorCode::kModel, "model '" + implementation_->file.string() +
                                           "' makes faces of numbers that are not finite; its "
                                           "weights are damaged, copy or train it anew");
      auto made = nn::to_images(faces);
      std::move(made.begin(), made.end(), std::back_inserter(images));
    }
    return images;
  });
}

}  // namespace ganface
