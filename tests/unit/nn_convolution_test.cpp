// SPDX-License-Identifier: MIT
// Owns the unit tests of every form of the convolution and its transpose.
#include "nn/layers/convolution.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <string>
#include <tuple>

#include "nn/kernels/batched_product.h"

namespace ganface::nn {
namespace {

constexpr ConvolutionForm kForms[] = {ConvolutionForm::kLibrary, ConvolutionForm::kSubpixel,
                                      ConvolutionForm::kWinograd};

Execution in_form(ConvolutionForm form, torch::ScalarType type = torch::kFloat32) {
  Execution execution;
  execution.form = form;
  execution.convolution_type = type;
  return execution;
}

// im2col: [N, C, H, W] -> [N H/2 W/2, 16 C], one row for each output position.
at::Tensor columns_of(const at::Tensor& x) {
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  at::Tensor columns = at::zeros({n * (h / 2) * (w / 2), c * 16}, torch::kFloat64);
  const at::Tensor source = x.to(torch::kFloat64).contiguous();
  const auto in = source.accessor<double, 4>();
  auto out = columns.accessor<double, 2>();
  for (int64_t image = 0; image < n; ++image)
    for (int64_t oy = 0; oy < h / 2; ++oy)
      for (int64_t ox = 0; ox < w / 2; ++ox)
        for (int64_t channel = 0; channel < c; ++channel)
          for (int64_t tap = 0; tap < 16; ++tap) {
            const int64_t y = 2 * oy + tap / 4 - 1, xx = 2 * ox + tap % 4 - 1;
            if (y >= 0 && y < h && xx >= 0 && xx < w)
              out[(image * (h / 2) + oy) * (w / 2) + ox][channel * 16 + tap] =
                  in[image][channel][y][xx];
          }
  return columns;
}

// Y = X W in float64.
at::Tensor naive_convolve(const at::Tensor& x, const at::Tensor& weight) {
  const int64_t k = weight.size(0);
  return at::matmul(columns_of(x), weight.to(torch::kFloat64).reshape({k, -1}).t())
      .view({x.size(0), x.size(2) / 2, x.size(3) / 2, k})
      .permute({0, 3, 1, 2});
}

// Every input pixel adds its multiple of the kernel to the output, in float64.
at::Tensor naive_convolve_transposed(const at::Tensor& x, const at::Tensor& weight) {
  const int64_t n = x.size(0), k = x.size(1), h = x.size(2), w = x.size(3), c = weight.size(1);
  at::Tensor out = at::zeros({n, c, 2 * h + 2, 2 * w + 2}, torch::kFloat64);
  const at::Tensor stamps =  // [N, H, W, C 16]
      at::matmul(x.to(torch::kFloat64).permute({0, 2, 3, 1}),
                 weight.to(torch::kFloat64).reshape({k, c * 16}));
  for (int64_t y = 0; y < h; ++y)
    for (int64_t column = 0; column < w; ++column)
      out.slice(2, 2 * y, 2 * y + 4)
          .slice(3, 2 * column, 2 * column + 4)
          .add_(stamps.select(1, y).select(1, column).reshape({n, c, 4, 4}));
  return out.slice(2, 1, 2 * h + 1).slice(3, 1, 2 * w + 1);
}

// Largest difference as a share of the largest expected value.
double error_of(const at::Tensor& actual, const at::Tensor& expected) {
  EXPECT_EQ(actual.sizes(), expected.sizes());
  const at::Tensor reference = expected.to(torch::kFloat64);
  return ((actual.to(torch::kFloat64) - reference).abs().max() / reference.abs().max())
      .item<double>();
}

// float32 sums of at most 16 x 45 products: some 1e-6 of the largest value; F(4, 2) loses one
// digit more to its coefficients (Lavin & Gray 2016).
constexpr double kFloatError = 2e-5;
// bfloat16 keeps 8 bits: each factor is off by up to 2^-9, and so is the result.
constexpr double kBfloat16Error = 2e-2;

struct Result {
  at::Tensor output, input_gradient, weight_gradient;
};

template <typename Convolve>
Result differentiate(Convolve convolution, const at::Tensor& x, const at::Tensor& weight,
                     const Execution& execution) {
  const at::Tensor input = x.clone().requires_grad_(true);
  const at::Tensor kernel = weight.clone().requires_grad_(true);
  KernelCache cache;
  const at::Tensor output = convolution(input, kernel, cache, execution);
  // A gradient that differs from pixel to pixel.
  output.backward(at::linspace(-1, 1, output.numel()).view(output.sizes()));
  return {output.detach(), input.grad(), kernel.grad()};
}

// Images, channels on the narrow side, channels on the wide side, narrow side. Winograd's form
// needs 16 channels and 24 tiles: a side of 4 or 8 makes 4 tiles an image, 16 makes 16.
using Shape = std::tuple<int64_t, int64_t, int64_t, int64_t>;

class Convolution : public ::testing::TestWithParam<Shape> {
 protected:
  Convolution() {
    torch::manual_seed(11);
    const auto [images, narrow_channels, wide_channels, side] = GetParam();
    narrow_ = at::randn({images, narrow_channels, side, side});
    wide_ = at::randn({images, wide_channels, 2 * side, 2 * side});
    weight_ = at::randn({narrow_channels, wide_channels, 4, 4});
  }

  at::Tensor narrow_, wide_, weight_;
};

TEST_P(Convolution, MatchesIm2colInEveryForm) {
  const at::Tensor expected = naive_convolve(wide_, weight_);
  for (const auto form : kForms) {
    SCOPED_TRACE(static_cast<int>(form));
    KernelCache cache;
    EXPECT_LT(error_of(convolve(wide_, weight_, cache, in_form(form)), expected), kFloatError);
  }
}

TEST_P(Convolution, TransposeMatchesAddedStampsInEveryForm) {
  const at::Tensor expected = naive_convolve_transposed(narrow_, weight_);
  for (const auto form : kForms) {
    SCOPED_TRACE(static_cast<int>(form));
    KernelCache cache;
    EXPECT_LT(error_of(convolve_transposed(narrow_, weight_, cache, in_form(form)), expected),
              kFloatError);
  }
}

TEST_P(Convolution, GradientsMatchTheLibraryForm) {
  const Result expected =
      differentiate(convolve, wide_, weight_, in_form(ConvolutionForm::kLibrary));
  const Result actual =
      differentiate(convolve, wide_, weight_, in_form(ConvolutionForm::kWinograd));
  EXPECT_LT(error_of(actual.output, expected.output), kFloatError);
  EXPECT_LT(error_of(actual.input_gradient, expected.input_gradient), kFloatError);
  EXPECT_LT(error_of(actual.weight_gradient, expected.weight_gradient), kFloatError);
}

TEST_P(Convolution, TransposeGradientsMatchTheLibraryForm) {
  const Result expected =
      differentiate(convolve_transposed, narrow_, weight_, in_form(ConvolutionForm::kLibrary));
  for (const auto form : {ConvolutionForm::kSubpixel, ConvolutionForm::kWinograd}) {
    SCOPED_TRACE(static_cast<int>(form));
    const Result actual = differentiate(convolve_transposed, narrow_, weight_, in_form(form));
    EXPECT_LT(error_of(actual.output, expected.output), kFloatError);
    EXPECT_LT(error_of(actual.input_gradient, expected.input_gradient), kFloatError);
    EXPECT_LT(error_of(actual.weight_gradient, expected.weight_gradient), kFloatError);
  }
}

INSTANTIATE_TEST_SUITE_P(BelowAndAboveTheWinogradThresholds, Convolution,
                         ::testing::Values(Shape{1, 20, 18, 4}, Shape{7, 20, 18, 4},
                                           Shape{1, 12, 45, 8}, Shape{7, 12, 45, 8},
                                           Shape{1, 5, 16, 16}, Shape{2, 5, 33, 16},
                                           Shape{7, 6, 3, 8}, Shape{7, 6, 16, 6}));

TEST(KernelCache, FollowsAWeightThatChangesInPlace) {
  torch::NoGradGuard no_gradient;
  torch::manual_seed(2);
  at::Tensor weight = at::randn({16, 16, 4, 4});
  const at::Tensor narrow = at::randn({8, 16, 4, 4}), wide = at::randn({8, 16, 8, 8});
  for (const auto form : {ConvolutionForm::kSubpixel, ConvolutionForm::kWinograd}) {
    SCOPED_TRACE(static_cast<int>(form));
    KernelCache down, up;
    convolve(wide, weight, down, in_form(form));
    convolve_transposed(narrow, weight, up, in_form(form));
    weight.mul_(-3).add_(1);
    EXPECT_LT(error_of(convolve(wide, weight, down, in_form(form)), naive_convolve(wide, weight)),
              kFloatError);
    EXPECT_LT(error_of(convolve_transposed(narrow, weight, up, in_form(form)),
                       naive_convolve_transposed(narrow, weight)),
              kFloatError);
  }
}

TEST(KernelCache, FollowsABatchThatMovesToAnotherForm) {
  torch::NoGradGuard no_gradient;
  const at::Tensor weight = at::randn({16, 16, 4, 4}), narrow = at::randn({8, 16, 8, 8});
  const Execution execution = in_form(ConvolutionForm::kWinograd);
  KernelCache cache;
  for (const int64_t images : {8, 1, 8})
    EXPECT_LT(error_of(convolve_transposed(narrow.slice(0, 0, images), weight, cache, execution),
                       naive_convolve_transposed(narrow.slice(0, 0, images), weight)),
              kFloatError);
}

// Not the library form: LibTorch 1.13 has no bfloat16 transposed convolution on a CPU.
class Bfloat16 : public ::testing::TestWithParam<ConvolutionForm> {};

TEST_P(Bfloat16, StaysCloseToFloat32AndReturnsIt) {
  // Elsewhere it is never chosen, and LibTorch rounds its sums as well.
  if (!cpu_has_bfloat16()) GTEST_SKIP() << "this processor has no bfloat16";
  torch::manual_seed(4);
  const at::Tensor weight = at::randn({32, 16, 4, 4});
  const at::Tensor narrow = at::randn({8, 32, 8, 8}), wide = at::randn({8, 16, 16, 16});
  const Execution execution = in_form(GetParam(), torch::kBFloat16);
  const Result down = differentiate(convolve, wide, weight, execution);
  const Result up = differentiate(convolve_transposed, narrow, weight, execution);
  const Result down_float = differentiate(convolve, wide, weight, in_form(GetParam()));
  const Result up_float = differentiate(convolve_transposed, narrow, weight, in_form(GetParam()));
  for (const at::Tensor& tensor : {down.output, down.input_gradient, down.weight_gradient,
                                   up.output, up.input_gradient, up.weight_gradient})
    EXPECT_EQ(tensor.scalar_type(), torch::kFloat32);
  EXPECT_LT(error_of(down.output, naive_convolve(wide, weight)), kBfloat16Error);
  EXPECT_LT(error_of(up.output, naive_convolve_transposed(narrow, weight)), kBfloat16Error);
  EXPECT_LT(error_of(down.input_gradient, down_float.input_gradient), kBfloat16Error);
  EXPECT_LT(error_of(down.weight_gradient, down_float.weight_gradient), kBfloat16Error);
  EXPECT_LT(error_of(up.input_gradient, up_float.input_gradient), kBfloat16Error);
  EXPECT_LT(error_of(up.weight_gradient, up_float.weight_gradient), kBfloat16Error);
}

INSTANTIATE_TEST_SUITE_P(Forms, Bfloat16,
                         ::testing::Values(ConvolutionForm::kSubpixel, ConvolutionForm::kWinograd));

TEST(BatchedProduct, RefusesFactorsThatDoNotFit) {
  const auto refuses = [](at::IntArrayRef a, at::IntArrayRef b) {
    EXPECT_THROW(batched_product(at::zeros(a), at::zeros(b)), c10::Error) << a << " " << b;
  };
  EXPECT_EQ(batched_product(at::zeros({2, 3, 4}), at::zeros({2, 4, 5})).sizes(),
            at::IntArrayRef({2, 3, 5}));
  refuses({2, 3, 4}, {3, 4, 5});
  refuses({2, 3, 4}, {2, 3, 5});
  refuses({3, 4}, {4, 5});
}

TEST(ResizeKernel, EqualsRepeatingPixelsAndConvolving) {
  torch::manual_seed(3);
  const at::Tensor x = at::randn({2, 5, 6, 4}), weight = at::randn({5, 3, 3, 3});
  // Naive: every pixel repeated 2 x 2, then a sum over the nine taps.
  const at::Tensor repeated = x.repeat_interleave(2, 2).repeat_interleave(2, 3);
  const at::Tensor padded = at::constant_pad_nd(repeated, {1, 1, 1, 1}).to(torch::kFloat64);
  at::Tensor expected = at::zeros({2, 3, 12, 8}, torch::kFloat64);
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 0; j < 3; ++j)
      expected +=
          at::einsum("nkhw,kc->nchw", {padded.slice(2, i, i + 12).slice(3, j, j + 8),
                                       weight.select(3, j).select(2, i).to(torch::kFloat64)});
  EXPECT_LT(error_of(naive_convolve_transposed(x, resize_kernel(weight)), expected), kFloatError);
}

// d/dw of |d/dx sum(f(x, w))|² by central differences, against the second derivative.
TEST(Convolution, ItsGradientByTheInputIsDifferentiableInEveryForm) {
  torch::manual_seed(5);
  const at::Tensor x = at::randn({24, 16, 8, 8}), weight = at::randn({4, 16, 4, 4}) * 0.1;
  const at::Tensor direction = at::randn_like(weight);
  const auto slope = [&](const at::Tensor& kernel, const Execution& execution, bool second) {
    const at::Tensor input = x.clone().requires_grad_(true);
    KernelCache cache;
    const at::Tensor y = convolve(input, kernel, cache, execution);
    return torch::autograd::grad({(y * y).sum() / 2}, {input}, {}, true, second)[0].square().sum();
  };
  for (const auto form : kForms) {
    SCOPED_TRACE(static_cast<int>(form));
    const Execution execution = in_form(form);
    const at::Tensor kernel = weight.clone().requires_grad_(true);
    const double exact =
        (torch::autograd::grad({slope(kernel, execution, true)}, {kernel})[0] * direction)
            .sum()
            .item<double>();
    constexpr double kStep = 1e-3;
    const auto at_step = [&](double step) {
      const at::Tensor moved = (weight + step * direction).requires_grad_(true);
      return slope(moved, execution, false).item<double>();
    };
    const double expected = (at_step(kStep) - at_step(-kStep)) / (2 * kStep);
    // The sum is known to about 1e-6 of itself, and the step divides that by 1e-3.
    EXPECT_NEAR(exact / expected, 1, 1e-2);
  }
}

}  // namespace
}  // namespace ganface::nn
