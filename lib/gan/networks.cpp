// SPDX-License-Identifier: MIT
// Owns the DCGAN networks (method.md section 3).
#include "gan/networks.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <torch/nn/init.h>

#include <string>

namespace ganface::gan {
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

}  // namespace

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
    norms_.push_back(register_module("norm" + number, torch::nn::BatchNorm2d(channels)));
    const int64_t next = layer + 1 == layers ? 3 : channels / 2;
    ups_.push_back(register_module("up" + number, Up(channels, next, execution)));
    channels = next;
  }
  bias_ = register_parameter("bias", torch::zeros({3}));
  to(execution.device);
}

at::Tensor GeneratorImpl::forward(const at::Tensor& z) {
  at::Tensor x = project_(z)
                     .view({z.size(0), -1, kFirstSide, kFirstSide})
                     .contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t layer = 0; layer < ups_.size(); ++layer) {
    x = norms_[layer](x);
    x = ups_[layer](at::relu_(x));
  }
  return at::tanh(x + bias_.view({1, 3, 1, 1}));
}

Downsampler::Downsampler(const NetworkOptions& network, int64_t channels, int64_t outputs,
                         const std::string& last, const Execution& execution)
    : options(network) {
  options.validate();
  const int64_t layers = layer_count(options);
  for (int64_t layer = 0; layer < layers; ++layer) {
    const std::string number = std::to_string(layer);
    const int64_t next = options.discriminator_channels << layer;
    downs_.push_back(register_module("down" + number, Down(channels, next, execution)));
    if (layer > 0) norms_.push_back(register_module("norm" + number, torch::nn::BatchNorm2d(next)));
    channels = next;
  }
  last_ = register_module(last, torch::nn::Linear(channels * kFirstSide * kFirstSide, outputs));
  to(execution.device);
}

at::Tensor Downsampler::reduce(const at::Tensor& images) {
  at::Tensor x = images.contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t layer = 0; layer < downs_.size(); ++layer) {
    x = downs_[layer](x);
    if (layer > 0) x = norms_[layer - 1](x);
    x = at::leaky_relu_(x, kLeakySlope);
  }
  // [N, C, 4, 4] flattened in memory order would depend on the layout; this order does not.
  return last_(x.contiguous().flatten(1));
}

DiscriminatorImpl::DiscriminatorImpl(const NetworkOptions& network, const Execution& execution)
    : Downsampler(network, 3, 1, "score", execution) {}

at::Tensor DiscriminatorImpl::forward(const at::Tensor& images) {
  return reduce(images).squeeze(1);
}

EncoderImpl::EncoderImpl(const NetworkOptions& network, const Execution& execution)
    : Downsampler(network, 4, network.latent_size, "latent", execution) {}

at::Tensor EncoderImpl::forward(const at::Tensor& images, const at::Tensor& holes) {
  return at::tanh(reduce(at::cat({images * (1 - holes), holes}, 1)));
}

void initialise_dcgan(torch::nn::Module& network) {
  torch::NoGradGuard no_gradient;
  for (const auto& item : network.named_parameters()) {
    at::Tensor parameter = item.value();
    if (item.key().find("norm") != std::string::npos) {
      if (item.key().find("weight") != std::string::npos)
        parameter.normal_(1.0, 0.02);
      else
        parameter.zero_();
    } else if (parameter.dim() >= 2) {
      parameter.normal_(0.0, 0.02);
    } else {
      parameter.zero_();
    }
  }
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

}  // namespace ganface::gan
