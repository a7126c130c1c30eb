// SPDX-License-Identifier: MIT
// Owns convolutions with kernels that no longer change.
#include "nn/layers/prepared_convolution.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <optional>
#include <vector>

namespace ganface::nn {
namespace {

// LibTorch's operators for it are registered, but not declared in a header.
struct Operators {
  c10::optional<c10::OperatorHandle> arrange, run;
};

const Operators& operators() {
  static const Operators found = [] {
    c10::Dispatcher& all = c10::Dispatcher::singleton();
    return Operators{all.findSchema({"mkldnn_prepacked::conv2d_prepack", ""}),
                     all.findSchema({"mkldnn_prepacked::conv2d_run", ""})};
  }();
  return found;
}

}  // namespace

PreparedConvolution::PreparedConvolution(at::Tensor weight, at::Tensor bias, int64_t stride,
                                         int64_t padding, Then then, ConvolutionForm form)
    : kernel_(std::make_shared<Kernel>()),
      stride_(stride),
      padding_(padding),
      then_(then),
      form_(form) {
  TORCH_CHECK(weight.dim() == 4, "prepared convolution: the kernel is ", weight.sizes(),
              ", expected [out, in, height, width]");
  TORCH_CHECK(!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0)),
              "prepared convolution: the bias is ", bias.sizes(), ", expected [", weight.size(0),
              "]");
  kernel_->weight = std::move(weight);
  kernel_->bias = std::move(bias);
}

const c10::IValue& PreparedConvolution::arranged_for(const at::Tensor& x) const {
  std::call_once(kernel_->arranged_once, [&] {
    const Operators& own = operators();
    if (!own.arrange || !own.run || !x.device().is_cpu()) return;
    const auto both = [](int64_t value) { return std::vector<int64_t>{value, value}; };
    torch::jit::Stack stack;
    torch::jit::push(stack, kernel_->weight,
                     kernel_->bias.defined() ? c10::IValue(kernel_->bias) : c10::IValue(),
                     both(stride_), both(padding_), both(1), int64_t{1}, x.sizes().vec(),
                     std::string(then_ == Then::kRelu ? "relu" : "none"));
    own.arrange->callBoxed(stack);
    kernel_->arranged = stack.back();
  });
  return kernel_->arranged;
}

std::optional<winograd::Tile> PreparedConvolution::tile_for(const at::Tensor& x) const {
  const at::Tensor& weight = kernel_->weight;
  const bool can = form_ == ConvolutionForm::kWinograd && weight.size(2) == 3 &&
                   weight.size(3) == 3 && stride_ == 1 && padding_ == 1 && x.device().is_cpu() &&
                   !(x.scalar_type() == torch::kBFloat16 && cpu_has_bfloat16_tiles());
  if (!can) return {};
  return winograd::Convolution3x3::suitable_tile(x.scalar_type(), weight.size(1), weight.size(0),
                                                 x.size(2), x.size(3));
}

at::Tensor PreparedConvolution::operator()(const at::Tensor& x) const {
  TORCH_CHECK(kernel_ != nullptr, "prepared convolution: there is no kernel");
  TORCH_CHECK(x.dim() == 4 && x.size(1) == kernel_->weight.size(1), "prepared convolution: got ",
              x.sizes(), ", expected [any, ", kernel_->weight.size(1), ", any, any]");
  const bool differentiated =
      at::GradMode::is_enabled() && (x.requires_grad() || kernel_->weight.requires_grad() ||
                                     (kernel_->bias.defined() && kernel_->bias.requires_grad()));
  const std::optional<winograd::Tile> tile = differentiated ? std::nullopt : tile_for(x);
  if (tile) {
    auto& own = kernel_->transformed[*tile == winograd::Tile::k4];
    std::call_once(own.once, [&] {
      own.convolution.emplace(*tile, kernel_->weight, kernel_->bias, then_ == Then::kRelu);
    });
    return (*own.convolution)(x);
  }
  if (!differentiated)
    if (const c10::IValue& arranged = arranged_for(x); !arranged.isNone()) {
      torch::jit::Stack stack;
      torch::jit::push(stack, x, arranged);
      operators().run->callBoxed(stack);
      return stack.back().toTensor();
    }
  const at::Tensor result = at::conv2d(x, kernel_->weight, kernel_->bias, stride_, padding_);
  return then_ == Then::kRelu ? at::relu(result) : result;
}

}  // namespace ganface::nn
