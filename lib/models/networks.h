// SPDX-License-Identifier: MIT
// Owns the DCGAN networks (Radford, Metz, Chintala 2016).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <string>
#include <vector>

#include "nn/layers/batch_norm.h"
#include "nn/layers/convolution.h"
#include "nn/layers/layer_probe.h"

namespace ganface::nn {

/// What holds the activations of a discriminator's layers in range.
enum class Normalisation {
  kBatch,     ///< batch normalisation (Ioffe and Szegedy 2015), on all layers but the first
  kSpectral,  ///< spectral normalisation of the weights (Miyato et al. 2018), on all layers
};

/// "transposed", "resize" <-> Upsampling. Throws Error(kUsage) otherwise.
Upsampling upsampling_by_name(const std::string& name);
std::string name_of(Upsampling upsampling);
/// "batch", "spectral" <-> Normalisation. Throws Error(kUsage) otherwise.
Normalisation normalisation_by_name(const std::string& name);
std::string name_of(Normalisation normalisation);

/// Sizes and forms of a generator and its discriminator.
struct NetworkOptions {
  int64_t image_size = 64;  ///< pixels; a power of two from 16 to 256
  int64_t latent_size = 100;
  int64_t generator_channels = 64;      ///< ngf: channels before the last layer
  int64_t discriminator_channels = 64;  ///< ndf: channels after the first layer
  Upsampling upsampling = Upsampling::kTransposed;
  Normalisation normalisation = Normalisation::kBatch;  ///< of the discriminator
  /// The discriminator and the encoder subtract the buffer `mean` [3, S, S] from what they see.
  bool centred = false;

  /// Throws Error(kUsage) naming the value that is out of range.
  void validate() const;
};

/// z: [N, latent_size], U(-1, 1) -> images [N, 3, S, S] in [-1, 1].
/// Source: Radford, Metz, Chintala, ICLR 2016.
class GeneratorImpl : public torch::nn::Module {
 public:
  GeneratorImpl(const NetworkOptions& options, const Execution& execution);
  at::Tensor forward(const at::Tensor& z, LayerProbe* probe = nullptr);

  const NetworkOptions options;

 private:
  torch::nn::Linear project_{nullptr};
  std::vector<BatchNorm> norms_;
  std::vector<Up> ups_;
  at::Tensor bias_;
};
TORCH_MODULE(Generator);

/// Strided convolutions from an image down to 4 x 4 and a linear layer: what the discriminator and
/// the encoder share.
class Downsampler : public torch::nn::Module {
 public:
  const NetworkOptions options;

  /// Sets the per-pixel mean of the training images, [3, S, S] in [-1, 1]; `options.centred` must
  /// be set.
  void set_mean(const at::Tensor& mean);

 protected:
  /// What tells the two networks apart.
  struct Ends {
    int64_t channels;  ///< of the input
    int64_t outputs;   ///< of the linear layer
    std::string last;  ///< name of the linear layer
    Normalisation normalisation;
  };
  Downsampler(const NetworkOptions& options, const Ends& ends, const Execution& execution);
  /// [N, 3, S, S] less the mean
  at::Tensor centred(const at::Tensor& images) const;
  /// [N, channels, S, S] -> [N, outputs]
  at::Tensor reduce(const at::Tensor& images, LayerProbe* probe);

 private:
  std::vector<Down> downs_;
  std::vector<BatchNorm> norms_;
  torch::nn::Linear last_{nullptr};
  std::string last_name_;
  SpectralNorm last_norm_{nullptr};
  at::Tensor mean_;
};

/// images: [N, 3, S, S] in [-1, 1] -> logits [N]: log-odds that the image is real.
/// Source: Radford, Metz, Chintala, ICLR 2016.
class DiscriminatorImpl : public Downsampler {
 public:
  DiscriminatorImpl(const NetworkOptions& options, const Execution& execution);
  at::Tensor forward(const at::Tensor& images, LayerProbe* probe = nullptr);
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

/// Uniform latent vectors: [count, latent_size] float32 in [-1, 1]. The same seed gives the same
/// vectors on every device; row i does not depend on `count`.
at::Tensor sample_latent(int64_t count, int64_t latent_size, uint64_t seed);

}  // namespace ganface::nn
