// SPDX-License-Identifier: MIT
// Owns what a generator's training run leaves: the model's file and grids of its samples.
#include "train/loop/shipped_model.h"

#include <ATen/ATen.h>
#include <ganface/sheet.h>

#include <iomanip>
#include <vector>

#include "core/text_stream.h"
#include "models/model_file.h"
#include "nn/runtime/images.h"
#include "train/loop/training_recipe.h"

namespace ganface::train {
namespace {

constexpr int kSampleColumns = 8;        // sample grids are 8 x 8
constexpr int kStatisticsBatches = 100;  // of noise, for the shipped batch norm statistics
constexpr int kSampleBatches = 10;       // likewise, for a sample grid

}  // namespace

ShippedModel::Networks ShippedModel::networks(int batches) const {
  torch::NoGradGuard no_gradient;
  std::vector<at::Tensor> z;
  std::vector<DamagedBatch> damaged;
  for (int i = 0; i < batches; ++i) {
    z.push_back(nn::sample_latent(options_.batch_size, options_.latent_size,
                                  options_.seed + static_cast<uint64_t>(i)));
    if (game_.inversion) damaged.push_back(data_.damaged_batch(i));
  }
  nn::Encoder encoder{nullptr};
  if (game_.inversion) {
    encoder = game_.averaged_encoder(damaged);
    // The statistics are those of the batches that the generator was trained on.
    for (size_t i = 0; i < z.size(); ++i)
      z[i] = at::cat({z[i], encoder(damaged[i].faces, damaged[i].holes).cpu()});
  }
  return {game_.averaged_generator(z), encoder};
}

void ShippedModel::write_samples(const std::filesystem::path& folder, int64_t epoch,
                                 const torch::Device& device) const {
  torch::NoGradGuard no_gradient;
  const at::Tensor z =
      nn::sample_latent(kSampleColumns * kSampleColumns, options_.latent_size, options_.seed);
  const auto images = nn::to_images(networks(kSampleBatches).generator(z.to(device)));
  core::TextWriter name;
  name << "epoch-" << std::setw(3) << std::setfill('0') << epoch << ".png";
  write_png(folder / name.str(), contact_sheet(images, kSampleColumns).view());
}

void ShippedModel::write(const std::map<std::string, std::string>& recipe) const {
  core::TensorFile content;
  content.metadata = nn::architecture_metadata(game_options(options_).networks);
  for (const auto& [key, value] : recipe) content.metadata["recipe." + key] = value;
  content.metadata["canonical_crop"] =
      "columns and rows 61 to 188 of a 250 x 250 deep-funneled LFW photograph";
  content.metadata["training_data"] =
      options_.data_name.empty() ? options_.folder.lexically_normal().string() : options_.data_name;
  content.metadata["licence"] = options_.licence;
  const auto [generator, encoder] = networks(kStatisticsBatches);
  nn::add_network(content, "generator", *generator);
  nn::add_network(content, "discriminator", *game_.discriminator);
  if (encoder) nn::add_network(content, "encoder", *encoder);
  core::write_safetensors(options_.out, content);
}

}  // namespace ganface::train
