// SPDX-License-Identifier: MIT
// Owns how networks are stored in and loaded from safetensors files.
#pragma once

#include <torch/nn/module.h>

#include <filesystem>
#include <string>

#include "core/safetensors.h"
#include "models/networks.h"

namespace ganface::nn {

/// A trained generator with its discriminator, in evaluation mode, parameters frozen.
struct Model {
  Generator generator{nullptr};
  Discriminator discriminator{nullptr};
  Encoder encoder{nullptr};  ///< empty in a model without one
  std::map<std::string, std::string> metadata;
};

/// Metadata values that identify the architecture and its sizes.
std::map<std::string, std::string> architecture_metadata(const NetworkOptions& options);
/// Reads the sizes back. Throws Error(kModel) when the file is of another architecture.
NetworkOptions architecture_from(const std::map<std::string, std::string>& metadata,
                                 const std::filesystem::path& file);
/// Networks are made before their tensors are looked for: throws Error(kModel) when those of these
/// sizes need more weights than the file holds.
void expect_weights_of(const core::TensorFile& content, const NetworkOptions& options,
                       const std::filesystem::path& file);

/// Throws Error(kModel) unless metadata "architecture" is `expected`.
void expect_architecture(const std::map<std::string, std::string>& metadata,
                         const std::string& expected, const std::filesystem::path& file);
/// A whole number of the metadata. Throws Error(kModel) naming file and key.
int64_t metadata_number(const std::map<std::string, std::string>& metadata, const std::string& key,
                        const std::filesystem::path& file);

/// Evaluation mode, and no gradients by the parameters.
void freeze(torch::nn::Module& network);

/// A CPU tensor as stored bytes, and back.
core::StoredTensor store(const at::Tensor& tensor);
at::Tensor restore(const core::StoredTensor& stored);

/// Adds every parameter and buffer of `network` to `content` as "PREFIX.NAME"; weights of linear
/// layers and convolutions in the type `weights`, the rest as it is.
void add_network(core::TensorFile& content, const std::string& prefix,
                 const torch::nn::Module& network, torch::ScalarType weights = torch::kFloat32);
/// Copies "PREFIX.NAME" of `content` into every parameter and buffer of `network`. Throws
/// Error(kModel) naming the file and the tensor that is missing or has another shape.
void load_network(const core::TensorFile& content, const std::string& prefix,
                  torch::nn::Module& network, const std::filesystem::path& file);

/// Loads a model file, or what was read of one. Throws Error(kModel).
Model load_model(const std::filesystem::path& file, const Execution& execution);
Model load_model(const core::TensorFile& content, const std::filesystem::path& file,
                 const Execution& execution);

/// Whether there are tensors "PREFIX.NAME".
bool has_network(const core::TensorFile& content, const std::string& prefix);

}  // namespace ganface::nn
