// SPDX-License-Identifier: MIT
// Owns the 3x3 convolutions that the feed-forward networks are built of.
#pragma once

#include <torch/nn/module.h>

#include <vector>

#include "nn/layers/batch_norm.h"
#include "nn/layers/prepared_convolution.h"

namespace ganface::nn {

/// 3x3 convolution, pad 1, batch normalisation, ReLU. In evaluation mode the normalisation is part
/// of the convolution; fold() makes it so once and for all.
class ConvolutionBlockImpl : public torch::nn::Module {
 public:
  ConvolutionBlockImpl(int64_t in, int64_t out, int64_t stride, const Execution& execution);
  at::Tensor forward(const at::Tensor& x);
  void fold();

 private:
  PreparedConvolution folded() const;

  const int64_t stride_;
  const torch::ScalarType type_;
  const ConvolutionForm form_;
  at::Tensor weight_;  // [out, in, 3, 3]
  BatchNorm norm_{nullptr};
  PreparedConvolution folded_;
};
TORCH_MODULE(ConvolutionBlock);

/// 3x3 convolution with a bias, pad 1, nothing after it; the result is float32. fold() fixes the
/// weights.
class ConvolutionHeadImpl : public torch::nn::Module {
 public:
  ConvolutionHeadImpl(int64_t in, int64_t out, const Execution& execution);
  at::Tensor forward(const at::Tensor& x);
  void fold();

 private:
  const torch::ScalarType type_;
  const ConvolutionForm form_;
  at::Tensor weight_, bias_;
  PreparedConvolution folded_;
};
TORCH_MODULE(ConvolutionHead);

/// Folds every block and head of a network, whose weights then no longer change.
void fold_blocks(torch::nn::Module& network);

/// One level of a U-Net: the first block, then each of the others added to what it sees.
at::Tensor residual_level(std::vector<ConvolutionBlock>& blocks, at::Tensor x);

/// Each pixel repeated 2 x 2.
at::Tensor enlarged(const at::Tensor& x);

}  // namespace ganface::nn
