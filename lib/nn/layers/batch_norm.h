// SPDX-License-Identifier: MIT
// Owns batch normalisation over the batches of all processes that train together.
#pragma once

#include <torch/nn/module.h>

#include "nn/runtime/device.h"

namespace ganface::nn {

/// Batch normalisation of x [N, C, H, W] (Ioffe and Szegedy, ICML 2015), with the parameters and
/// buffers of torch::nn::BatchNorm2d. In training the statistics are those of the whole group's
/// batch, so that n processes compute what one would with n times the batch.
class BatchNormImpl : public torch::nn::Module {
 public:
  BatchNormImpl(int64_t channels, const Execution& execution);
  at::Tensor forward(const at::Tensor& x);

  at::Tensor weight, bias;               ///< [C]: scale and shift
  at::Tensor running_mean, running_var;  ///< [C], used in evaluation
  double momentum = 0.1;                 ///< share of a batch in the running statistics

 private:
  at::Tensor forward_shared(const at::Tensor& x);

  std::shared_ptr<ProcessGroup> group_;
  at::Tensor batches_;  // how many batches the running statistics have seen
};
TORCH_MODULE(BatchNorm);

}  // namespace ganface::nn
