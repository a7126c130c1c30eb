// SPDX-License-Identifier: MIT
// Owns convolutions with kernels that no longer change.
#pragma once

#include <ATen/core/ivalue.h>

#include <memory>
#include <mutex>
#include <optional>

#include "nn/kernels/winograd_3x3.h"
#include "nn/runtime/device.h"

namespace ganface::nn {

/// at::conv2d with a fixed kernel. On a CPU oneDNN wants kernels in an order of its own; at::conv2d
/// rearranges them at every call, which for a single image takes as long as the convolution. Here
/// that is done once. 3x3 convolutions of many channels take the Winograd form, where that is asked
/// for and quicker: not where the processor has bfloat16 tiles. With a gradient to follow, or on
/// another device, it is at::conv2d. Cheap to copy; safe to call from several threads.
class PreparedConvolution {
 public:
  enum class Then { kNothing, kRelu };

  PreparedConvolution() = default;
  /// `weight` [out, in, h, w], `bias` [out] or undefined, both in the type of what is convolved.
  PreparedConvolution(at::Tensor weight, at::Tensor bias, int64_t stride, int64_t padding,
                      Then then, ConvolutionForm form = ConvolutionForm::kSubpixel);

  bool is_empty() const { return !kernel_; }
  /// x [N, in, H, W], channels last for speed -> [N, out, …]. Throws c10::Error for other channels.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  struct Kernel {
    at::Tensor weight, bias;
    std::once_flag arranged_once;
    c10::IValue arranged;  // none where oneDNN cannot
    struct {
      std::once_flag once;
      std::optional<winograd::Convolution3x3> convolution;
    } transformed[2];  // for either tile
  };
  const c10::IValue& arranged_for(const at::Tensor& x) const;
  // The tile of the Winograd form that x takes, if any.
  std::optional<winograd::Tile> tile_for(const at::Tensor& x) const;

  std::shared_ptr<Kernel> kernel_;
  int64_t stride_ = 1, padding_ = 0;
  Then then_ = Then::kNothing;
  ConvolutionForm form_ = ConvolutionForm::kSubpixel;
};

}  // namespace ganface::nn
