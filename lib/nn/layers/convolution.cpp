// SPDX-License-Identifier: MIT
// Owns the kernel 4, stride 2, pad 1 convolution and its transpose, in every form.
#include "nn/layers/convolution.h"

#include <ganface/error.h>
#include <torch/autograd.h>
#include <torch/nn/functional.h>

#include "nn/kernels/batched_product.h"
#include "nn/kernels/winograd.h"

namespace ganface::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Below this many channels on the wide side a Winograd tile's matrix products are too thin, and
// below this many tiles reading the transformed kernel costs more than the products saved.
constexpr int64_t kFewestChannels = 16;
constexpr int64_t kFewestTiles = 24;

// The output tiles' side for Winograd, or 0 where another form is faster. A 4x4 narrow side takes
// 2x2 tiles: with one tile an image the transformed kernel would outweigh the products.
int winograd_side(const Execution& execution, int64_t images, int64_t channels, int64_t height,
                  int64_t width) {
  if (execution.form != ConvolutionForm::kWinograd || channels < kFewestChannels) return 0;
  int m = winograd::tile_side(height, width);
  // In bfloat16 larger tiles' coefficients would cost too many of its few bits.
  if (m == 4 && (height <= 4 || execution.convolution_type == torch::kBFloat16)) m = 2;
  if (m == 0 || images * (height / m) * (width / m) < kFewestTiles) return 0;
  return m;
}

// A gradient that is to be differentiated again (create_graph) is composed of LibTorch's own
// operators; only that by the input is wanted so.
void expect_input_gradient_alone(AutogradContext* context) {
  if (context->needs_input_grad(1))
    throw Error(ErrorCode::kInternal,
                "second derivatives of a convolution by its weight are not built");
}

struct WinogradConvolution : torch::autograd::Function<WinogradConvolution> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& kernel, int64_t m) {
    const at::Tensor tiles = winograd::to_tiles(x, static_cast<int>(m), kernel.scalar_type());
    context->saved_data["m"] = m;
    context->saved_data["shape"] = x.sizes();
    context->save_for_backward({weight.requires_grad() ? tiles : at::Tensor(), kernel, weight});
    return winograd::gather_outputs(batched_product(tiles, kernel.transpose(1, 2)),
                                    static_cast<int>(m),
                                    {x.size(0), weight.size(0), x.size(2) / 2, x.size(3) / 2});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    if (at::GradMode::is_enabled()) {
      expect_input_gradient_alone(context);
      return {at::conv_transpose2d(gradients[0], saved[2], {}, 2, 1), {}, {}, {}};
    }
    const int m = static_cast<int>(context->saved_data["m"].toInt());
    const at::Tensor products = winograd::scatter_outputs(gradients[0], m, saved[1].scalar_type());
    at::Tensor x_gradient, weight_gradient;
    if (context->needs_input_grad(0))
      x_gradient = winograd::from_tiles(batched_product(products, saved[1]), m,
                                        context->saved_data["shape"].toIntVector());
    if (saved[0].defined() && context->needs_input_grad(1))
      weight_gradient = winograd::transform_kernel_adjoint(
          batched_product(products.transpose(1, 2), saved[0]), m);
    return {x_gradient, weight_gradient, {}, {}};
  }
};

struct WinogradTranspose : torch::autograd::Function<WinogradTranspose> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& kernel, int64_t m) {
    const at::Tensor products =
        winograd::scatter_outputs(x, static_cast<int>(m), kernel.scalar_type());
    context->saved_data["m"] = m;
    context->saved_data["shape"] = x.sizes();
    context->save_for_backward({weight.requires_grad() ? products : at::Tensor(), kernel, weight});
    return winograd::from_tiles(batched_product(products, kernel), static_cast<int>(m),
                                {x.size(0), weight.size(1), x.size(2) * 2, x.size(3) * 2});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    if (at::GradMode::is_enabled()) {
      expect_input_gradient_alone(context);
      return {at::conv2d(gradients[0], saved[2], {}, 2, 1), {}, {}, {}};
    }
    const int m = static_cast<int>(context->saved_data["m"].toInt());
    const at::Tensor tiles = winograd::to_tiles(gradients[0], m, saved[1].scalar_type());
    at::Tensor x_gradient, weight_gradient;
    if (context->needs_input_grad(0))
      x_gradient = winograd::gather_outputs(batched_product(tiles, saved[1].transpose(1, 2)), m,
                                            context->saved_data["shape"].toIntVector());
    if (saved[0].defined() && context->needs_input_grad(1))
      weight_gradient =
          winograd::transform_kernel_adjoint(batched_product(saved[0].transpose(1, 2), tiles), m);
    return {x_gradient, weight_gradient, {}, {}};
  }
};

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

bool KernelCache::is_current(const at::Tensor& weight, int variant) {
  const bool current =
      variant_ == variant && data_ == weight.data_ptr() && version_ == weight._version();
  data_ = weight.data_ptr();
  version_ = weight._version();
  variant_ = variant;
  return current;
}

const at::Tensor& KernelCache::winograd(const at::Tensor& weight, int m, torch::ScalarType type) {
  if (!is_current(weight, 16 * m + static_cast<int>(type)))
    rearranged_ = winograd::transform_kernel(weight.detach(), m, type);
  return rearranged_;
}

const PreparedConvolution& KernelCache::subpixel(const at::Tensor& weight, torch::ScalarType type) {
  if (!is_current(weight, static_cast<int>(type)))
    prepared_ = {channels_last(subpixel_kernel(weight.detach()).to(type)),
                 {},
                 1,
                 1,
                 PreparedConvolution::Then::kNothing};
  return prepared_;
}

const PreparedConvolution& KernelCache::strided(const at::Tensor& weight, torch::ScalarType type) {
  if (!is_current(weight, static_cast<int>(type)))
    prepared_ = {
        channels_last(weight.detach().to(type)), {}, 2, 1, PreparedConvolution::Then::kNothing};
  return prepared_;
}

at::Tensor subpixel_kernel(const at::Tensor& weight) {
  // In the frame padded by one pixel, phase (a, b) of output cell (i, j) is the sum over u, v of
  // input (i - u, j - v) times tap (2u + a, 2v + b); a convolution reads input (i + u, j + v), so
  // u and v are reversed.
  const int64_t k = weight.size(0), c = weight.size(1);
  return weight
      .reshape({k, c, 2, 2, 2, 2})  // [K, C, u, a, v, b]
      .flip({2, 4})
      .permute({1, 3, 5, 0, 2, 4})  // [C, a, b, K, u, v]
      .reshape({4 * c, k, 2, 2});
}

at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, KernelCache& cache,
                    const Execution& execution) {
  if (const int m = winograd_side(execution, x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2))
    return WinogradConvolution::apply(x, weight,
                                      cache.winograd(weight, m, execution.convolution_type), m);
  const auto type = execution.convolution_type;
  const bool training = weight.requires_grad() && at::GradMode::is_enabled();
  const at::Tensor input = channels_last(x.to(type));
  const at::Tensor result =
      training ? at::conv2d(input, weight.to(type), {}, 2, 1) : cache.strided(weight, type)(input);
  return result.to(x.scalar_type());
}

at::Tensor convolve_transposed(const at::Tensor& x, const at::Tensor& weight, KernelCache& cache,
                               const Execution& execution) {
  if (const int m = winograd_side(execution, x.size(0), weight.size(1), x.size(2), x.size(3)))
    return WinogradTranspose::apply(x, weight,
                                    cache.winograd(weight, m, execution.convolution_type), m);
  const auto type = execution.convolution_type;
  if (execution.form == ConvolutionForm::kLibrary)
    return at::conv_transpose2d(x.to(type), weight.to(type), {}, 2, 1).to(x.scalar_type());
  const bool training = weight.requires_grad() && at::GradMode::is_enabled();
  const at::Tensor input = channels_last(x.to(type));
  const at::Tensor cells = training ? at::conv2d(input, subpixel_kernel(weight).to(type), {}, 1, 1)
                                    : cache.subpixel(weight, type)(input);
  // Cells start one pixel above and left of the picture: the convolution's padding.
  return at::pixel_shuffle(cells, 2)
      .slice(2, 1, 2 * x.size(2) + 1)
      .slice(3, 1, 2 * x.size(3) + 1)
      .to(x.scalar_type());
}

at::Tensor resize_kernel(const at::Tensor& weight) {
  // Output row 2m + a takes tap a + 1 - 2d of the transposed convolution at input row m + d, and
  // taps 0 (d = -1), 1 and 2 (d = 0) for a = 0 and 0, 1 (d = 0) and 2 (d = 1) for a = 1 of the
  // convolution over the repeated pixels.
  const at::Tensor taps =
      at::tensor({0.f, 0.f, 1.f, 0.f, 1.f, 1.f, 1.f, 1.f, 0.f, 1.f, 0.f, 0.f}, weight.options())
          .view({4, 3});
  return at::matmul(at::matmul(taps, weight), taps.t());
}

DownImpl::DownImpl(int64_t in, int64_t out, bool spectral, const Execution& execution)
    : weight(register_parameter("weight", torch::zeros({out, in, 4, 4}))), execution_(execution) {
  if (!spectral) return;
  spectral_ = register_module("spectral", SpectralNorm(out));
  bias_ = register_parameter("bias", torch::zeros({out}));
}

at::Tensor DownImpl::forward(const at::Tensor& x) {
  const at::Tensor result = convolve(x, weight, cache_, execution_);
  // A convolution is linear: dividing its result is dividing its weight.
  return spectral_ ? result / spectral_(weight) + bias_.view({1, -1, 1, 1}) : result;
}

Connections DownImpl::connections() const {
  return {16. * static_cast<double>(weight.size(1)), 4. * static_cast<double>(weight.size(0))};
}

UpImpl::UpImpl(int64_t in, int64_t out, Upsampling upsampling, const Execution& execution)
    : upsampling_(upsampling), execution_(execution) {
  const int64_t side = upsampling == Upsampling::kResize ? 3 : 4;
  weight = register_parameter("weight", torch::zeros({in, out, side, side}));
}

at::Tensor UpImpl::forward(const at::Tensor& x) {
  return upsampling_ == Upsampling::kResize ? forward_resized(x)
                                            : convolve_transposed(x, weight, cache_, execution_);
}

at::Tensor UpImpl::forward_resized(const at::Tensor& x) {
  if (weight.requires_grad() && at::GradMode::is_enabled()) {
    KernelCache once;
    return convolve_transposed(x, resize_kernel(weight), once, execution_);
  }
  if (!resized_.defined() || resized_version_ != weight._version() ||
      resized_.device() != weight.device()) {
    resized_ = resize_kernel(weight.detach());
    resized_version_ = weight._version();
    cache_ = KernelCache();
  }
  return convolve_transposed(x, resized_, cache_, execution_);
}

Connections UpImpl::connections() const {
  const auto in = static_cast<double>(weight.size(0)), out = static_cast<double>(weight.size(1));
  if (upsampling_ == Upsampling::kResize) return {9 * in, 9 * out};
  return {4 * in, 16 * out};
}

}  // namespace ganface::nn
