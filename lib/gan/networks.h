// SPDX-License-Identifier: MIT
// Owns the DCGAN networks (method.md section 3).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

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

/// images: [N, 3, S, S] in [-1, 1] -> logits [N]: log-odds that the image is real.
/// Source: Radford, Metz, Chintala, ICLR 2016.
class DiscriminatorImpl : public torch::nn::Module {
 public:
  DiscriminatorImpl(const NetworkOptions& options, const Execution& execution);
  at::Tensor forward(const at::Tensor& images);

  const NetworkOptions options;

 private:
  std::vector<Down> downs_;
  std::vector<torch::nn::BatchNorm2d> norms_;
  torch::nn::Linear score_{nullptr};
};
TORCH_MODULE(Discriminator);

/// DCGAN's initialisation: weights N(0, 0.02²), batch norm scales N(1, 0.02²), biases 0. Draws from
/// LibTorch's global generator.
void initialise_dcgan(torch::nn::Module& network);

/// Uniform latent vectors: [count, latent_size] float32 in [-1, 1]. The same seed gives the same
/// vectors on every device; row i does not depend on `count`.
at::Tensor sample_latent(int64_t count, int64_t latent_size, uint64_t seed);

}  // namespace ganface::gan
