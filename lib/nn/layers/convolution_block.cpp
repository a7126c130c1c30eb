// SPDX-License-Identifier: MIT
// Owns the 3x3 convolutions that the feed-forward networks are built of.
#include "nn/layers/convolution_block.h"

#include <ATen/ATen.h>

namespace ganface::nn {
namespace {

constexpr double kEpsilon = 1e-5;  // of batch normalisation

}  // namespace

ConvolutionBlockImpl::ConvolutionBlockImpl(int64_t in, int64_t out, int64_t stride,
                                           const Execution& execution)
    : stride_(stride),
      type_(execution.convolution_type),
      form_(execution.form),
      weight_(register_parameter("weight", torch::zeros({out, in, 3, 3}))),
      norm_(register_module("norm", BatchNorm(out, execution))) {}

at::Tensor ConvolutionBlockImpl::forward(const at::Tensor& x) {
  const at::Tensor input = x.to(type_);
  if (is_training()) return norm_(at::conv2d(input, weight_.to(type_), {}, stride_, 1)).relu_();
  return folded_.is_empty() || weight_.requires_grad() ? folded()(input) : folded_(input);
}

PreparedConvolution ConvolutionBlockImpl::folded() const {
  const at::Tensor scale = norm_->weight * (norm_->running_var + kEpsilon).rsqrt();
  return {
      (weight_ * scale.view({-1, 1, 1, 1})).to(type_).contiguous(at::MemoryFormat::ChannelsLast),
      (norm_->bias - norm_->running_mean * scale).to(type_),
      stride_,
      1,
      PreparedConvolution::Then::kRelu,
      form_};
}

void ConvolutionBlockImpl::fold() {
  torch::NoGradGuard no_gradient;
  folded_ = folded();
}

ConvolutionHeadImpl::ConvolutionHeadImpl(int64_t in, int64_t out, const Execution& execution)
    : type_(execution.convolution_type),
      form_(execution.form),
      weight_(register_parameter("weight", torch::zeros({out, in, 3, 3}))),
      bias_(register_parameter("bias", torch::zeros({out}))) {}

at::Tensor ConvolutionHeadImpl::forward(const at::Tensor& x) {
  if (!folded_.is_empty() && !weight_.requires_grad())
    return folded_(x.to(type_)).to(torch::kFloat32);
  return at::conv2d(x.to(type_), weight_.to(type_), bias_.to(type_), 1, 1).to(torch::kFloat32);
}

void ConvolutionHeadImpl::fold() {
  torch::NoGradGuard no_gradient;
  folded_ = {weight_.to(type_).contiguous(at::MemoryFormat::ChannelsLast),
             bias_.to(type_),
             1,
             1,
             PreparedConvolution::Then::kNothing,
             form_};
}

void fold_blocks(torch::nn::Module& network) {
  for (const auto& module : network.modules()) {
    if (auto* block = module->as<ConvolutionBlockImpl>()) block->fold();
    if (auto* head = module->as<ConvolutionHeadImpl>()) head->fold();
  }
}

at::Tensor residual_level(std::vector<ConvolutionBlock>& blocks, at::Tensor x) {
  x = blocks.front()(x);
  for (size_t i = 1; i < blocks.size(); ++i) x = x + blocks[i](x);
  return x;
}

at::Tensor enlarged(const at::Tensor& x) {
  return at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
}

}  // namespace ganface::nn
