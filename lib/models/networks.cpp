// SPDX-License-Identifier: MIT
// Owns the DCGAN networks (Radford, Metz, Chintala 2016).
#include "models/networks.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>

#include <string>

#include "nn/layers/hole_filling.h"

namespace ganface::nn {
namespace {

constexpr int64_t kFirstSide = 4;
constexpr double kLeakySlope = 0.2;

int64_t layer_count(const NetworkOptions& options) {
  int64_t layers = 0;
  for (int64_t side = kFirstSide; side < options.image_size; side *= 2) ++layers;
  return layers;
}

void expect(bool valid, const std::string& what, int64_t value, const std::string& expected) {
  if (!valid)
    throw Error(ErrorCode::kUsage,
                what + " is " + std::to_string(value) + ", expected " + expected);
}

constexpr std::pair<const char*, Upsampling> kUpsamplings[] = {
    {"transposed", Upsampling::kTransposed}, {"resize", Upsampling::kResize}};
constexpr std::pair<const char*, Normalisation> kNormalisations[] = {
    {"batch", Normalisation::kBatch}, {"spectral", Normalisation::kSpectral}};

template <typename Value, size_t Count>
Value value_of(const std::pair<const char*, Value> (&names)[Count], const std::string& name,
               const std::string& what) {
  std::string known;
  for (const auto& [text, value] : names) {
    if (name == text) return value;
    known += (known.empty() ? "" : " or ") + std::string(text);
  }
  throw Error(ErrorCode::kUsage, what + " '" + name + "' is unknown; expected " + known);
}

template <typename Value, size_t Count>
std::string text_of(const std::pair<const char*, Value> (&names)[Count], Value wanted) {
  for (const auto& [text, value] : names)
    if (value == wanted) return text;
  throw Error(ErrorCode::kInternal, "a value has no name");
}

}  // namespace

Upsampling upsampling_by_name(const std::string& name) {
  return value_of(kUpsamplings, name, "upsampling");
}
std::string name_of(Upsampling upsampling) { return text_of(kUpsamplings, upsampling); }

Normalisation normalisation_by_name(const std::string& name) {
  return value_of(kNormalisations, name, "normalisation");
}
std::string name_of(Normalisation normalisation) { return text_of(kNormalisations, normalisation); }

void NetworkOptions::validate() const {
  expect(image_size >= 16 && image_size <= 256 && (image_size & (image_size - 1)) == 0,
         "image size", image_size, "a power of two from 16 to 256");
  expect(latent_size >= 1 && latent_size <= 4096, "latent size", latent_size, "1 to 4096");
  expect(generator_channels >= 1 && generator_channels <= 1024, "ngf", generator_channels,
         "1 to 1024");
  expect(discriminator_channels >= 1 && discriminator_channels <= 1024, "ndf",
         discriminator_channels, "1 to 1024");
}

GeneratorImpl::GeneratorImpl(const NetworkOptions& network, const Execution& execution)
    : options(network) {
  options.validate();
  const int64_t layers = layer_count(options);
  int64_t channels = options.generator_channels << (layers - 1);
  project_ = register_module(
      "project", torch::nn::Linear(torch::nn::LinearOptions(options.latent_size,
                                                            channels * kFirstSide * kFirstSide)
                                       .bias(false)));
  for (int64_t layer = 0; layer < layers; ++layer) {
    const std::string number = std::to_string(layer);
    norms_.push_back(register_module("norm" + number, BatchNorm(channels, execution)));
    const int64_t next = layer + 1 == layers ? 3 : channels / 2;
    ups_.push_back(
        register_module("up" + number, Up(channels, next, options.upsampling, execution)));
    channels = next;
  }
  bias_ = register_parameter("bias", torch::zeros({3}));
  to(execution.device);
}

at::Tensor GeneratorImpl::forward(const at::Tensor& z, LayerProbe* probe) {
  at::Tensor x = observed(probe, "project", project_(z))
                     .view({z.size(0), -1, kFirstSide, kFirstSide})
                     .contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t layer = 0; layer < ups_.size(); ++layer) {
    x = norms_[layer](x);
    x = observed(probe, "up" + std::to_string(layer), ups_[layer](at::relu_(x)));
  }
  return at::tanh(x + bias_.view({1, 3, 1, 1}));
}

Downsampler::Downsampler(const NetworkOptions& network, const Ends& ends,
                         const Execution& execution)
    : options(network), last_name_(ends.last) {
  options.validate();
  const int64_t layers = layer_count(options);
  const bool spectral = ends.normalisation == Normalisation::kSpectral;
  int64_t channels = ends.channels;
  for (int64_t layer = 0; layer < layers; ++layer) {
    const std::string number = std::to_string(layer);
    const int64_t next = options.discriminator_channels << layer;
    downs_.push_back(register_module("down" + number, Down(channels, next, spectral, execution)));
    if (layer > 0 && !spectral)
      norms_.push_back(register_module("norm" + number, BatchNorm(next, execution)));
    channels = next;
  }
  last_ = register_module(last_name_,
                          torch::nn::Linear(channels * kFirstSide * kFirstSide, ends.outputs));
  if (spectral) last_norm_ = register_module(last_name_ + "_spectral", SpectralNorm(ends.outputs));
  if (options.centred)
    mean_ = register_buffer("mean", torch::zeros({3, options.image_size, options.image_size}));
  to(execution.device);
}

void Downsampler::set_mean(const at::Tensor& mean) {
  torch::NoGradGuard no_gradient;
  mean_.copy_(mean);
}

at::Tensor Downsampler::centred(const at::Tensor& images) const {
  return mean_.defined() ? images - mean_ : images;
}

at::Tensor Downsampler::reduce(const at::Tensor& images, LayerProbe* probe) {
  at::Tensor x = images.contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t layer = 0; layer < downs_.size(); ++layer) {
    x = observed(probe, "down" + std::to_string(layer), downs_[layer](x));
    if (layer > 0 && !norms_.empty()) x = norms_[layer - 1](x);
    x = at::leaky_relu_(x, kLeakySlope);
  }
  // [N, C, 4, 4] flattened in memory order would depend on the layout; this order does not.
  x = x.contiguous().flatten(1);
  x = last_norm_ ? at::linear(x, last_->weight) / last_norm_(last_->weight) + last_->bias
                 : last_(x);
  return observed(probe, last_name_, x);
}

DiscriminatorImpl::DiscriminatorImpl(const NetworkOptions& network, const Execution& execution)
    : Downsampler(network, {3, 1, "score", network.normalisation}, execution) {}

at::Tensor DiscriminatorImpl::forward(const at::Tensor& images, LayerProbe* probe) {
  return reduce(centred(images), probe).squeeze(1);
}

EncoderImpl::EncoderImpl(const NetworkOptions& network, const Execution& execution)
    : Downsampler(network, {4, network.latent_size, "latent", Normalisation::kBatch}, execution) {}

at::Tensor EncoderImpl::forward(const at::Tensor& images, const at::Tensor& holes) {
  return at::tanh(reduce(at::cat({fill_holes(centred(images), holes), holes}, 1), nullptr));
}

at::Tensor sample_latent(int64_t count, int64_t latent_size, uint64_t seed) {
  // One number at a time, so that row i never depends on how many rows are drawn.
  auto generator = at::detail::createCPUGenerator(seed);
  at::Tensor z = at::empty({count, latent_size});
  auto* values = z.data_ptr<float>();
  auto* engine = at::check_generator<at::CPUGeneratorImpl>(generator);
  for (int64_t i = 0; i < z.numel(); ++i)
    values[i] = static_cast<float>(engine->random() >> 8) * (2.f / 16777216.f) - 1.f;
  return z;
}

}  // namespace ganface::nn
