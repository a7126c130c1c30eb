// SPDX-License-Identifier: MIT
// Owns the unit tests of the estimate of a weight's largest singular value.
#include "nn/layers/spectral_norm.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/types.h>

namespace ganface::nn {
namespace {

at::Tensor weight_of_singular_values(const at::Tensor& values) {
  at::Generator random = at::detail::createCPUGenerator(2);
  const int64_t n = values.size(0);
  const at::Tensor left = std::get<0>(at::linalg_qr(at::randn({n, n}, random)));
  const at::Tensor right = std::get<0>(at::linalg_qr(at::randn({4 * n, n}, random)));
  return left.mm(at::diag(values)).mm(right.t()).view({n, n, 2, 2});
}

TEST(SpectralNorm, FindsTheLargestSingularValue) {
  SpectralNorm norm(4);
  const at::Tensor weight = weight_of_singular_values(at::tensor({3.f, 1.f, 0.5f, 0.1f}));
  for (int step = 0; step < 10; ++step) norm(weight);
  // Each step brings the estimate nearer by (1 / 3)²: 3^-20 after ten.
  EXPECT_NEAR(norm(weight).item<float>(), 3.f, 1e-5f);
}

TEST(SpectralNorm, HasTheProductOfTheSingularVectorsAsGradient) {
  SpectralNorm norm(4);
  at::Tensor weight = weight_of_singular_values(at::tensor({3.f, 1.f, 0.5f, 0.1f}));
  for (int step = 0; step < 20; ++step) norm(weight);
  weight.requires_grad_(true);
  norm(weight).backward();
  const auto [u, s, v] = at::linalg_svd(weight.detach().flatten(1), false);
  EXPECT_LT(
      (weight.grad().flatten(1) - u.slice(1, 0, 1).mm(v.slice(0, 0, 1))).abs().max().item<float>(),
      1e-4f);
}

TEST(SpectralNorm, KeepsItsVectorsInEvaluation) {
  SpectralNorm norm(4);
  norm->eval();
  const at::Tensor weight = weight_of_singular_values(at::tensor({3.f, 1.f, 0.5f, 0.1f}));
  const at::Tensor first = norm(weight);
  EXPECT_TRUE(at::equal(norm(weight), first));
}

TEST(SpectralNorm, OfZerosIsZero) {
  SpectralNorm norm(4);
  EXPECT_EQ(norm(at::zeros({4, 2, 2})).item<float>(), 0.f);
  EXPECT_NEAR(norm(at::eye(4)).item<float>(), 1.f, 1e-6f);  // the vectors are still usable
}

}  // namespace
}  // namespace ganface::nn
