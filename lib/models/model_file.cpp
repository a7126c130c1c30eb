// SPDX-License-Identifier: MIT
// Owns how networks are stored in and loaded from safetensors files.
#include "models/model_file.h"

#include <ganface/error.h>

#include <algorithm>
#include <cstring>

#include "core/text_stream.h"

namespace ganface::nn {
namespace {

constexpr char kDcganArchitecture[] = "dcgan";

constexpr std::pair<const char*, torch::ScalarType> kTypes[] = {
    {"F32", torch::kFloat32},   {"F64", torch::kFloat64}, {"F16", torch::kFloat16},
    {"BF16", torch::kBFloat16}, {"I64", torch::kInt64},   {"I32", torch::kInt32},
    {"U8", torch::kUInt8}};

std::string shape_text(at::IntArrayRef shape) {
  core::TextWriter text;
  text << shape;
  return text.str();
}

}  // namespace

std::map<std::string, std::string> architecture_metadata(const NetworkOptions& options) {
  return {{"architecture", kDcganArchitecture},
          {"image_size", std::to_string(options.image_size)},
          {"latent_size", std::to_string(options.latent_size)},
          {"generator_channels", std::to_string(options.generator_channels)},
          {"discriminator_channels", std::to_string(options.discriminator_channels)},
          {"upsampling", name_of(options.upsampling)},
          {"normalisation", name_of(options.normalisation)},
          {"centred", options.centred ? "true" : "false"}};
}

int64_t metadata_number(const std::map<std::string, std::string>& metadata, const std::string& key,
                        const std::filesystem::path& file) {
  const auto entry = metadata.find(key);
  try {
    size_t read = 0;
    const int64_t number = entry == metadata.end() ? 0 : std::stoll(entry->second, &read);
    if (read > 0 && read == entry->second.size()) return number;
  } catch (const std::exception&) {
  }
  throw Error(ErrorCode::kModel, "model '" + file.string() + "': metadata '" + key +
                                     "' is missing or not a number; remake it with ganface train");
}

void expect_architecture(const std::map<std::string, std::string>& metadata,
                         const std::string& expected, const std::filesystem::path& file) {
  const auto architecture = metadata.find("architecture");
  if (architecture == metadata.end() || architecture->second != expected)
    throw Error(ErrorCode::kModel,
                "model '" + file.string() + "': architecture is '" +
                    (architecture == metadata.end() ? "" : architecture->second) + "', expected '" +
                    expected + "'; the file is for another network");
}

void freeze(torch::nn::Module& network) {
  network.eval();
  for (at::Tensor& parameter : network.parameters()) parameter.set_requires_grad(false);
}

NetworkOptions architecture_from(const std::map<std::string, std::string>& metadata,
                                 const std::filesystem::path& file) {
  expect_architecture(metadata, kDcganArchitecture, file);
  NetworkOptions options;
  options.image_size = metadata_number(metadata, "image_size", file);
  options.latent_size = metadata_number(metadata, "latent_size", file);
  options.generator_channels = metadata_number(metadata, "generator_channels", file);
  options.discriminator_channels = metadata_number(metadata, "discriminator_channels", file);
  // What is not named is the reference choice.
  const auto named = [&metadata](const std::string& key, const std::string& reference) {
    const auto entry = metadata.find(key);
    return entry == metadata.end() ? reference : entry->second;
  };
  try {
    options.upsampling = upsampling_by_name(named("upsampling", "transposed"));
    options.normalisation = normalisation_by_name(named("normalisation", "batch"));
    options.centred = named("centred", "false") == "true";
    options.validate();
  } catch (const Error& cause) {
    throw Error(ErrorCode::kModel, "model '" + file.string() + "': " + cause.what());
  }
  return options;
}

void expect_weights_of(const core::TensorFile& content, const NetworkOptions& options,
                       const std::filesystem::path& file) {
  double bytes = 0;
  for (const auto& [name, tensor] : content.tensors)
    bytes += static_cast<double>(tensor.bytes.size());
  // Channels at 4 x 4 pixels, where the largest kernels are: [C, C / 2, 4, 4].
  const double widest =
      static_cast<double>(std::max(options.generator_channels, options.discriminator_channels)) *
      static_cast<double>(options.image_size) / 8;
  const double project = static_cast<double>(options.latent_size) *
                         static_cast<double>(options.generator_channels) *
                         static_cast<double>(options.image_size) * 2;
  if (std::max(8 * widest * widest, project) > bytes)
    throw Error(ErrorCode::kModel,
                "model '" + file.string() +
                    "': its metadata speaks of larger networks than it holds; the file is damaged");
}

core::StoredTensor store(const at::Tensor& tensor) {
  const at::Tensor cpu = tensor.detach().cpu().contiguous();
  core::StoredTensor stored;
  for (const auto& [name, type] : kTypes)
    if (type == cpu.scalar_type()) stored.dtype = name;
  if (stored.dtype.empty())
    throw Error(ErrorCode::kInternal,
                std::string("cannot store tensors of type ") + toString(cpu.scalar_type()));
  stored.shape = cpu.sizes().vec();
  stored.bytes.resize(cpu.nbytes());
  if (!stored.bytes.empty()) std::memcpy(stored.bytes.data(), cpu.data_ptr(), cpu.nbytes());
  return stored;
}

at::Tensor restore(const core::StoredTensor& stored) {
  for (const auto& [name, type] : kTypes)
    if (stored.dtype == name) {
      at::Tensor tensor = at::empty(stored.shape, type);
      if (!stored.bytes.empty())
        std::memcpy(tensor.data_ptr(), stored.bytes.data(), stored.bytes.size());
      return tensor;
    }
  throw Error(ErrorCode::kModel, "tensors of type " + stored.dtype + " are not supported");
}

namespace {

// A model's tensor. Throws Error(kModel) when it holds no numbers to compute with.
at::Tensor restored(const core::StoredTensor& stored, const std::string& name,
                    const std::filesystem::path& file) {
  const std::string tensor = "model '" + file.string() + "': tensor '" + name + "' ";
  at::Tensor values;
  try {
    values = restore(stored);
  } catch (const Error& cause) {
    throw Error(ErrorCode::kModel, tensor + "cannot be read: " + cause.what());
  }
  if (values.is_floating_point() && !at::isfinite(values).all().item<bool>())
    throw Error(ErrorCode::kModel, tensor +
                                       "holds numbers that are not finite; the file is damaged, "
                                       "copy or train it anew");
  // Their roots are taken: the network would give NaN, which shows as black.
  const std::string variance = "running_var";
  const bool is_variance =
      name.size() >= variance.size() &&
      name.compare(name.size() - variance.size(), variance.size(), variance) == 0;
  if (is_variance && values.lt(0).any().item<bool>())
    throw Error(ErrorCode::kModel, tensor +
                                       "holds variances below 0; the file is damaged, copy or "
                                       "train it anew");
  return values;
}

}  // namespace

void add_network(core::TensorFile& content, const std::string& prefix,
                 const torch::nn::Module& network, torch::ScalarType weights) {
  for (const auto& item : network.named_parameters()) {
    const at::Tensor& parameter = item.value();
    content.tensors[prefix + "." + item.key()] =
        store(parameter.dim() > 1 ? parameter.to(weights) : parameter);
  }
  for (const auto& item : network.named_buffers())
    content.tensors[prefix + "." + item.key()] = store(item.value());
}

void load_network(const core::TensorFile& content, const std::string& prefix,
                  torch::nn::Module& network, const std::filesystem::path& file) {
  torch::NoGradGuard no_gradient;
  const auto copy_into = [&](const std::string& name, at::Tensor target) {
    const std::string path = prefix + "." + name;
    const auto stored = content.tensors.find(path);
    if (stored == content.tensors.end())
      throw Error(ErrorCode::kModel, "model '" + file.string() + "': tensor '" + path +
                                         "' is missing; the file is for another network");
    if (stored->second.shape != target.sizes().vec())
      throw Error(ErrorCode::kModel, "model '" + file.string() + "': tensor '" + path + "' is " +
                                         shape_text(stored->second.shape) + ", expected " +
                                         shape_text(target.sizes()) +
                                         "; the file is for another network");
    target.copy_(restored(stored->second, path, file));
  };
  for (auto& item : network.named_parameters()) copy_into(item.key(), item.value());
  for (auto& item : network.named_buffers()) copy_into(item.key(), item.value());
}

bool has_network(const core::TensorFile& content, const std::string& prefix) {
  const auto first = content.tensors.lower_bound(prefix + ".");
  return first != content.tensors.end() && first->first.rfind(prefix + ".", 0) == 0;
}

Model load_model(const std::filesystem::path& file, const Execution& execution) {
  return load_model(core::read_safetensors(file), file, execution);
}

Model load_model(const core::TensorFile& content, const std::filesystem::path& file,
                 const Execution& execution) {
  const NetworkOptions options = architecture_from(content.metadata, file);
  expect_weights_of(content, options, file);
  Model model;
  model.metadata = content.metadata;
  const auto load = [&](const std::string& prefix, auto network) {
    load_network(content, prefix, *network, file);
    freeze(*network);
    return network;
  };
  model.generator = load("generator", Generator(options, execution));
  model.discriminator = load("discriminator", Discriminator(options, execution));
  if (has_network(content, "encoder")) model.encoder = load("encoder", Encoder(options, execution));
  return model;
}

}  // namespace ganface::nn
