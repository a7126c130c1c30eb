// SPDX-License-Identifier: MIT
// Owns the estimate of a weight's largest singular value.
#pragma once

#include <torch/nn/module.h>

namespace ganface::nn {

/// Largest singular value of a weight [outputs, …] taken as a matrix with `outputs` rows, by power
/// iteration: one step a call in training. Differentiable in the weight. A layer whose result is
/// divided by it has Lipschitz constant near 1.
/// Source: Miyato, Kataoka, Koyama, Yoshida, ICLR 2018, algorithm 1.
class SpectralNormImpl : public torch::nn::Module {
 public:
  explicit SpectralNormImpl(int64_t outputs);
  at::Tensor forward(const at::Tensor& weight);

 private:
  at::Tensor left_;  // estimate of the first left singular vector
};
TORCH_MODULE(SpectralNorm);

}  // namespace ganface::nn
