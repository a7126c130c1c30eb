// SPDX-License-Identifier: MIT
// Owns the network in whose features distributions of faces are compared.
#include "models/feature_network.h"

#include <ganface/error.h>

#include "models/model_file.h"

namespace ganface::nn {
namespace {

constexpr char kFeaturesArchitecture[] = "face-features";

NetworkOptions sizes(const FeatureOptions& options) {
  NetworkOptions network;
  network.image_size = options.image_size;
  network.discriminator_channels = options.channels;
  return network;
}

}  // namespace

FeatureNetworkImpl::FeatureNetworkImpl(const FeatureOptions& options, const Execution& execution)
    : Downsampler(sizes(options), {3, options.features, "features", Normalisation::kBatch},
                  execution) {}

at::Tensor FeatureNetworkImpl::forward(const at::Tensor& images) {
  at::Tensor features = reduce(images, nullptr);
  // A distance between numbers that are none would pass for a small one.
  if (!is_training() && !at::isfinite(features).all().item<bool>())
    throw Error(ErrorCode::kModel,
                "the feature network gives features that are not finite; its weights are "
                "damaged, copy or train it anew");
  return features;
}

std::map<std::string, std::string> architecture_metadata(const FeatureOptions& options) {
  return {{"architecture", kFeaturesArchitecture},
          {"image_size", std::to_string(options.image_size)},
          {"channels", std::to_string(options.channels)},
          {"features", std::to_string(options.features)}};
}

FeatureNetwork load_features(const std::filesystem::path& file, const Execution& execution) {
  const core::TensorFile content = core::read_safetensors(file);
  expect_architecture(content.metadata, kFeaturesArchitecture, file);
  FeatureOptions options;
  options.image_size = metadata_number(content.metadata, "image_size", file);
  options.channels = metadata_number(content.metadata, "channels", file);
  options.features = metadata_number(content.metadata, "features", file);
  NetworkOptions network_sizes = sizes(options);
  network_sizes.generator_channels = 1;  // there is no generator
  try {
    network_sizes.validate();
  } catch (const Error& cause) {
    throw Error(ErrorCode::kModel, "model '" + file.string() + "': its metadata do not fit: " +
                                       cause.what() + "; the file is damaged");
  }
  if (options.features < 1 || options.features > 4096)
    throw Error(ErrorCode::kModel, "model '" + file.string() + "' has " +
                                       std::to_string(options.features) +
                                       " features, expected 1 to 4096");
  expect_weights_of(content, network_sizes, file);
  FeatureNetwork network(options, execution);
  load_network(content, "network", *network, file);
  freeze(*network);
  try {
    torch::NoGradGuard no_gradient;
    network(torch::ones({1, 3, options.image_size, options.image_size}, execution.device));
  } catch (const Error& cause) {
    throw Error(cause.code(), "model '" + file.string() + "': " + cause.what());
  }
  return network;
}

}  // namespace ganface::nn
