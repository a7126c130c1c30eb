// SPDX-License-Identifier: MIT
// Owns the network in whose features distributions of faces are compared.
#pragma once

#include <filesystem>
#include <map>

#include "models/networks.h"

namespace ganface::nn {

/// Sizes of a feature network.
struct FeatureOptions {
  int64_t image_size = 64;  ///< pixels; a power of two from 16 to 256
  int64_t channels = 32;    ///< after the first layer
  int64_t features = 128;
};

/// images: [N, 3, S, S] in [-1, 1] -> features [N, features].
class FeatureNetworkImpl : public Downsampler {
 public:
  FeatureNetworkImpl(const FeatureOptions& options, const Execution& execution);
  at::Tensor forward(const at::Tensor& images);
};
TORCH_MODULE(FeatureNetwork);

/// Metadata of a feature network's file, and the network back from a file. Throws Error(kModel)
/// when the file holds another network.
std::map<std::string, std::string> architecture_metadata(const FeatureOptions& options);
FeatureNetwork load_features(const std::filesystem::path& file, const Execution& execution);

}  // namespace ganface::nn
