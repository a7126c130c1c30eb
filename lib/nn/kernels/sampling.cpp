// SPDX-License-Identifier: MIT
// Owns the values of pictures between their pixels.
#include "nn/kernels/sampling.h"

#include <ATen/ATen.h>

#include "nn/kernels/sampled_pixel.h"
#include "nn/runtime/parallel_for.h"

namespace ganface::nn {
namespace {

// Values of a picture at `count` places -> `channels` planes of `count`.
template <int Taps>
GANFACE_INLINED void sample(const BorderedPicture& picture, const float* x, const float* y,
                            int64_t count, int64_t channels, float* result) {
  for (int64_t i = 0; i < count; ++i) {
    const Pixel value = sampled_pixel<Taps>(picture, x[i], y[i]);
    for (int64_t c = 0; c < channels; ++c) result[c * count + i] = value[c];
  }
}

#if defined(__x86_64__)
template <int Taps>
GANFACE_ALL_SIMD void sample_simd(const BorderedPicture& picture, const float* x, const float* y,
                                  int64_t count, int64_t channels, float* result) {
  sample<Taps>(picture, x, y, count, channels, result);
}
#endif

template <int Taps>
void sample_quickly(const BorderedPicture& picture, const float* x, const float* y, int64_t count,
                    int64_t channels, float* result) {
#if defined(__x86_64__)
  if (has_all_simd()) return sample_simd<Taps>(picture, x, y, count, channels, result);
#endif
  sample<Taps>(picture, x, y, count, channels, result);
}

// sampled() on a CPU, without gradients.
at::Tensor sampled_here(const at::Tensor& picture, const at::Tensor& places, Sampling sampling) {
  const BorderedPictures pictures(picture);
  TORCH_CHECK(places.dim() == 4 && places.size(1) == 2 &&
                  (places.size(0) == 1 || places.size(0) == picture.size(0)),
              "sampled: the places are ", places.sizes(), ", expected [", picture.size(0),
              " or 1, 2, any, any]");
  const at::Tensor at = places.contiguous();
  const int64_t channels = picture.size(1), count = at.size(2) * at.size(3);
  const at::Tensor result = at::empty({picture.size(0), channels, at.size(2), at.size(3)});
  parallel_for(picture.size(0), [&](int64_t i) {
    const float* x = at.data_ptr<float>() + (at.size(0) > 1 ? i * at.stride(0) : 0);
    (sampling == Sampling::kBicubic
         ? sample_quickly<4>
         : sample_quickly<2>)({pictures, i}, x, x + count, count, channels,
                              result.data_ptr<float>() + i * result.stride(0));
  });
  return result;
}

}  // namespace

BorderedPictures::BorderedPictures(const at::Tensor& pictures) {
  TORCH_CHECK(pictures.dim() == 4 && pictures.size(1) <= kPixelChannels &&
                  pictures.size(2) == pictures.size(3) && pictures.device().is_cpu(),
              "sampled: the pictures are ", pictures.sizes(), " on ", pictures.device(),
              ", expected square ones of up to ", kPixelChannels, " channels on cpu");
  side_ = pictures.size(2);
  const int64_t whole = side_ + 2 * kBorder;
  pixels_ = at::zeros({pictures.size(0), whole, whole, kPixelChannels});
  pixels_.slice(1, kBorder, kBorder + side_)
      .slice(2, kBorder, kBorder + side_)
      .slice(3, 0, pictures.size(1))
      .copy_(pictures.permute({0, 2, 3, 1}));
}

at::Tensor pixel_centres(int64_t side, const at::Tensor& like) {
  const at::Tensor line =
      (at::arange(side, like.options()) + 0.5) * (2.0 / static_cast<double>(side)) - 1;
  return at::stack(
             {line.view({1, side}).expand({side, side}), line.view({side, 1}).expand({side, side})})
      .unsqueeze(0);
}

bool samples_here(const at::Tensor& picture, const at::Tensor& places) {
  const bool differentiated =
      at::GradMode::is_enabled() && (picture.requires_grad() || places.requires_grad());
  return !differentiated && picture.device().is_cpu() && picture.size(1) <= kPixelChannels &&
         picture.scalar_type() == torch::kFloat32 && places.scalar_type() == torch::kFloat32;
}

at::Tensor sampled(const at::Tensor& picture, const at::Tensor& places, Sampling sampling) {
  if (samples_here(picture, places)) return sampled_here(picture, places, sampling);
  constexpr int64_t kLinear = 0, kCubic = 2, kZeros = 0;  // grid_sampler's numbers
  const at::Tensor grid = places.expand({picture.size(0), -1, -1, -1}).permute({0, 2, 3, 1});
  return at::grid_sampler_2d(picture.contiguous(), grid,
                             sampling == Sampling::kBicubic ? kCubic : kLinear, kZeros, false);
}

}  // namespace ganface::nn
