// SPDX-License-Identifier: MIT
// Owns the estimate of a weight's largest singular value.
#include "nn/layers/spectral_norm.h"

#include <cmath>

namespace ganface::nn {
namespace {

at::Tensor normalised(const at::Tensor& vector) { return vector / vector.norm().clamp_min(1e-12); }

}  // namespace

SpectralNormImpl::SpectralNormImpl(int64_t outputs)
    : left_(register_buffer("left", at::full({outputs}, 1 / std::sqrt(static_cast<double>(outputs)),
                                             torch::kFloat32))) {}

at::Tensor SpectralNormImpl::forward(const at::Tensor& weight) {
  const at::Tensor matrix = weight.flatten(1);
  at::Tensor left, right;
  {
    torch::NoGradGuard no_gradient;
    right = normalised(matrix.t().mv(left_));
    // A product of a weight of zeros tells nothing about its vectors.
    if (is_training() && right.any().item<bool>()) left_.copy_(normalised(matrix.mv(right)));
    left = left_.clone();
  }
  return left.dot(matrix.mv(right));
}

}  // namespace ganface::nn
