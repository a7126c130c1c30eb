// SPDX-License-Identifier: MIT
// Owns the kernel 4, stride 2, pad 1 convolution and its transpose, in every form.
#pragma once

#include <torch/nn/module.h>

#include "nn/layers/initialisation.h"
#include "nn/layers/prepared_convolution.h"
#include "nn/layers/spectral_norm.h"
#include "nn/runtime/device.h"

namespace ganface::nn {

/// Rearrangements of one weight, made when first asked for and kept until the weight changes, so
/// that inference rearranges once and a training step once per update.
class KernelCache {
 public:
  /// Winograd's transformed kernel for tiles of side m, in `type`.
  const at::Tensor& winograd(const at::Tensor& weight, int m, torch::ScalarType type);
  /// The sub-pixel form's convolution, whose kernel is [4 C_out, C_in, 2, 2], in `type`.
  const PreparedConvolution& subpixel(const at::Tensor& weight, torch::ScalarType type);
  /// The strided convolution with the weight itself, in `type`.
  const PreparedConvolution& strided(const at::Tensor& weight, torch::ScalarType type);

 private:
  bool is_current(const at::Tensor& weight, int variant);

  at::Tensor rearranged_;
  PreparedConvolution prepared_;
  const void* data_ = nullptr;
  uint32_t version_ = 0;
  int variant_ = -1;
};

/// Strided convolution: x [N, C, H, W] -> [N, K, H/2, W/2], weight [K, C, 4, 4], no bias; H and W
/// even. Differentiable; its gradient by x again in weight and gradient, as a gradient penalty
/// needs.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, KernelCache& cache,
                    const Execution& execution);

/// Transposed convolution: x [N, K, H, W] -> [N, C, 2H, 2W], weight [K, C, 4, 4], no bias.
/// Differentiable. The sub-pixel form computes each of the four output phases from the 2x2 inputs
/// that reach it (Shi et al. 2016), without the taps that are zero there.
at::Tensor convolve_transposed(const at::Tensor& x, const at::Tensor& weight, KernelCache& cache,
                               const Execution& execution);

/// The sub-pixel form's kernel: [K, C, 4, 4] -> [4C, K, 2, 2]. Differentiable.
at::Tensor subpixel_kernel(const at::Tensor& weight);

/// How an image doubles its side.
enum class Upsampling {
  kTransposed,  ///< transposed convolution, kernel 4, stride 2, pad 1
  kResize,  ///< each pixel repeated 2 x 2, then a convolution, kernel 3, pad 1 (Odena et al. 2016)
};

/// The kernel 4 transposed convolution that equals repeating each pixel 2 x 2 and convolving with
/// `weight` [C_in, C_out, 3, 3]: the taps that meet the same pixel are added. -> [C_in, C_out, 4,
/// 4]. Differentiable.
at::Tensor resize_kernel(const at::Tensor& weight);

/// Module around convolve(); parameter `weight` [out, in, 4, 4]. With spectral normalisation the
/// result is divided by the weight's largest singular value, and a parameter `bias` [out] is added.
class DownImpl : public torch::nn::Module {
 public:
  DownImpl(int64_t in, int64_t out, bool spectral, const Execution& execution);
  at::Tensor forward(const at::Tensor& x);
  Connections connections() const;

  at::Tensor weight;

 private:
  Execution execution_;
  KernelCache cache_;
  SpectralNorm spectral_{nullptr};
  at::Tensor bias_;
};
TORCH_MODULE(Down);

/// Module around convolve_transposed(); parameter `weight` [in, out, 4, 4], or [in, out, 3, 3] for
/// kResize.
class UpImpl : public torch::nn::Module {
 public:
  UpImpl(int64_t in, int64_t out, Upsampling upsampling, const Execution& execution);
  at::Tensor forward(const at::Tensor& x);
  Connections connections() const;

  at::Tensor weight;

 private:
  at::Tensor forward_resized(const at::Tensor& x);

  const Upsampling upsampling_;
  Execution execution_;
  KernelCache cache_;
  // The kernel of kResize, kept while the weight stays as it is.
  at::Tensor resized_;
  uint32_t resized_version_ = 0;
};
TORCH_MODULE(Up);

}  // namespace ganface::nn
