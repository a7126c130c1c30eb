// SPDX-License-Identifier: MIT
// Owns the kernel 4, stride 2, pad 1 convolution and its transpose, in every form.
#pragma once

#include <torch/nn/module.h>

#include "gan/device.h"

namespace ganface::gan {

/// Rearrangements of one weight, made when first asked for and kept until the weight changes, so
/// that inference rearranges once and a training step once per update.
class KernelCache {
 public:
  /// Winograd's transformed kernel for tiles of side m, in `type`.
  const at::Tensor& winograd(const at::Tensor& weight, int m, torch::ScalarType type);
  /// The 2x2 kernel of the sub-pixel form, [4 C_out, C_in, 2, 2], in `type`.
  const at::Tensor& subpixel(const at::Tensor& weight, torch::ScalarType type);

 private:
  bool is_current(const at::Tensor& weight, int variant);

  at::Tensor rearranged_;
  const void* data_ = nullptr;
  uint32_t version_ = 0;
  int variant_ = -1;
};

/// Strided convolution: x [N, C, H, W] -> [N, K, H/2, W/2], weight [K, C, 4, 4], no bias; H and W
/// even. Differentiable.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, KernelCache& cache,
                    const Execution& execution);

/// Transposed convolution: x [N, K, H, W] -> [N, C, 2H, 2W], weight [K, C, 4, 4], no bias.
/// Differentiable. The sub-pixel form computes each of the four output phases from the 2x2 inputs
/// that reach it: method.md section 3 without the taps that are zero there.
at::Tensor convolve_transposed(const at::Tensor& x, const at::Tensor& weight, KernelCache& cache,
                               const Execution& execution);

/// The sub-pixel form's kernel: [K, C, 4, 4] -> [4C, K, 2, 2]. Differentiable.
at::Tensor subpixel_kernel(const at::Tensor& weight);

/// Module around convolve(); parameter `weight` [out, in, 4, 4].
class DownImpl : public torch::nn::Module {
 public:
  DownImpl(int64_t in, int64_t out, const Execution& execution);
  at::Tensor forward(const at::Tensor& x);

  at::Tensor weight;

 private:
  Execution execution_;
  KernelCache cache_;
};
TORCH_MODULE(Down);

/// Module around convolve_transposed(); parameter `weight` [in, out, 4, 4].
class UpImpl : public torch::nn::Module {
 public:
  UpImpl(int64_t in, int64_t out, const Execution& execution);
  at::Tensor forward(const at::Tensor& x);

  at::Tensor weight;

 private:
  Execution execution_;
  KernelCache cache_;
};
TORCH_MODULE(Up);

}  // namespace ganface::gan
