// SPDX-License-Identifier: MIT
// Owns the DCGAN networks (method.md section 3).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <string>
#include <vector>

#include "gan/convolution.h"

namespace ganface::gan {

/// Sizes of a generator and its discriminator.
struct NetworkOptions {
  int64_t image_size = 64;  ///< pixels; a power of two from 16 to 256
  int64_t latent_size = 100;
  int64_t generator_channels = 64;      ///< ngf: channels before the last layer
  int64_t discriminator_channels = 64;  ///< ndf: channels after the first layer

  /// Throws Error(kUsage) naming the value that is out of range.
  void validate() const;
};

/// z: [N, latent_size], U(-1, 1) -> images [N, 3, S, S] in [-1, 1].
/// Source: Radford, Metz, Chintala, ICLR 2016.
class GeneratorImpl : public torch::nn::Module {
 public:
  GeneratorImpl(const NetworkOptions& options, const Execution& execution);
  at::Tensor forward(const at::Tensor& z);

  const NetworkOptions options;

 private:
  torch::nn::Linear project_{nullptr};
  std::vector<torch::nn::BatchNorm2d> norms_;
  std::vector<Up> ups_;
  at::Tensor bias_;
};
TORCH_MODULE(Generator);

/// Strided convolutions from an image down to 4 x 4 and a linear layer: what the discriminator and
/// the encoder share.
class Downsampler : public torch::nn::Module {
 public:
  const NetworkOptions options;

 protected:
  /// The linear layer's parameters are named `last`.
  Downsampler(const NetworkOptions& options, int64_t channels, int64_t outputs,
              const std::string& last, const Execution& execution);
  /// [N, channels, S, S] -> [N, outputs]
  at::Tensor reduce(const at::Tensor& images);

 private:
  std::vector<Down> downs_;
  std::vector<torch::nn::BatchNorm2d> norms_;
  torch::nn::Linear last_{nullptr};
};

/// images: [N, 3, S, S] in [-1, 1] -> logits [N]: log-odds that the image is real.
/// Source: Radford, Metz, Chintala, ICLR 2016.
class DiscriminatorImpl : public Downsampler {
 public:
  DiscriminatorImpl(const NetworkOptions& options, const Execution& execution);
  at::Tensor forward(const at::Tensor& images);
};
TORCH_MODULE(Discriminator);

/// images [N, 3, S, S] in [-1, 1] and their holes [N, 1, S, S] (1 = missing) -> latent vectors
/// [N, latent_size] in [-1, 1] whose faces explain what is kept. What is in the holes is ignored.
class EncoderImpl : public Downsampler {
 public:
  EncoderImpl(const NetworkOptions& options, const Execution& execution);
  at::Tensor forward(const at::Tensor& images, const at::Tensor& holes);
};
TORCH_MODULE(Encoder);

/// DCGAN's initialisation: weights N(0, 0.02²), batch norm scales N(1, 0.02²), biases 0. Draws from
/// LibTorch's global generator.
void initialise_dcgan(torch::nn::Module& network);

/// Uniform latent vectors: [count, latent_size] float32 in [-1, 1]. The same seed gives the same
/// vectors on every device; row i does not depend on `count`.
at::Tensor sample_latent(int64_t count, int64_t latent_size, uint64_t seed);

}  // namespace ganface::gan
