// SPDX-License-Identifier: MIT
// Owns batch normalisation over the batches of all processes that train together.
#include "nn/layers/batch_norm.h"

#include "nn/runtime/process_group.h"

namespace ganface::nn {
namespace {

constexpr double kEpsilon = 1e-5;

}  // namespace

BatchNormImpl::BatchNormImpl(int64_t channels, const Execution& execution)
    : weight(register_parameter("weight", torch::ones({channels}))),
      bias(register_parameter("bias", torch::zeros({channels}))),
      running_mean(register_buffer("running_mean", torch::zeros({channels}))),
      running_var(register_buffer("running_var", torch::ones({channels}))),
      group_(execution.group),
      batches_(register_buffer("num_batches_tracked", torch::zeros({}, torch::kInt64))) {}

at::Tensor BatchNormImpl::forward(const at::Tensor& x) {
  if (is_training()) batches_.add_(1);
  if (group_ && is_training()) return forward_shared(x);
  return at::batch_norm(x, weight, bias, running_mean, running_var, is_training(), momentum,
                        kEpsilon, true);
}

at::Tensor BatchNormImpl::forward_shared(const at::Tensor& x) {
  const auto per_channel = [](const at::Tensor& values) { return values.sum({0, 2, 3}, true); };
  const auto count = static_cast<double>(x.size(0) * x.size(2) * x.size(3) * group_->size());
  const at::Tensor mean = sum_over(*group_, per_channel(x)) / count;
  const at::Tensor centred = x - mean;
  const at::Tensor variance = sum_over(*group_, per_channel(centred * centred)) / count;
  {
    torch::NoGradGuard no_gradient;
    running_mean.lerp_(mean.flatten(), momentum);
    // The running variance is the unbiased one, as LibTorch's.
    running_var.lerp_(variance.flatten() * (count / (count - 1)), momentum);
  }
  return centred * (variance + kEpsilon).rsqrt() * weight.view({1, -1, 1, 1}) +
         bias.view({1, -1, 1, 1});
}

}  // namespace ganface::nn
