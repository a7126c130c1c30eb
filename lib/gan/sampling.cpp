// SPDX-License-Identifier: MIT
// Owns the values of pictures between their pixels.
#include "gan/sampling.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "gan/lanes.h"

namespace ganface::gan {
namespace {

// Pixels of up to four channels, one after the other.
constexpr int64_t kChannels = 4;
typedef float Pixel __attribute__((vector_size(kChannels * sizeof(float)), may_alias));

// Zeros around a picture: where no tap meets a pixel is as good as farther off.
constexpr int64_t kBorder = 4;

template <int Taps>
struct Weights {
  float of[Taps];
};

// Of the pixels around a place that lies `after` the one before it, 0 to 1.
GANFACE_INLINED Weights<2> weights_of(float after, Weights<2>) { return {{1 - after, after}}; }

GANFACE_INLINED Weights<4> weights_of(float after, Weights<4>) {
  constexpr float kA = -0.75f;
  const auto near = [](float x) { return ((kA + 2) * x - (kA + 3)) * x * x + 1; };
  const auto far = [](float x) { return ((kA * x - 5 * kA) * x + 8 * kA) * x - 4 * kA; };
  return {{far(after + 1), near(after), near(1 - after), far(2 - after)}};
}

// Values of a picture with its border [S + 2 kBorder, the same, kChannels] at `count` places ->
// `channels` planes of `count`.
template <int Taps>
GANFACE_INLINED void sample(const float* picture, int64_t side, const float* x, const float* y,
                            int64_t count, int64_t channels, float* result) {
  const int64_t stride = (side + 2 * kBorder) * kChannels;
  const float half = static_cast<float>(side) / 2, least = -kBorder + Taps / 2 - 1,
              most = static_cast<float>(side + Taps / 2 - 1);
  const auto on_picture = [&](float place) {
    // Of what is not a number, the least.
    return std::min(std::max(least, (place + 1) * half - 0.5f), most);
  };
  for (int64_t i = 0; i < count; ++i) {
    const float column = on_picture(x[i]), row = on_picture(y[i]);
    const float left = std::floor(column), top = std::floor(row);
    const Weights<Taps> across = weights_of(column - left, Weights<Taps>()),
                        down = weights_of(row - top, Weights<Taps>());
    const float* line = picture + (static_cast<int64_t>(top) - Taps / 2 + 1 + kBorder) * stride +
                        (static_cast<int64_t>(left) - Taps / 2 + 1 + kBorder) * kChannels;
    Pixel sum = {};
#pragma GCC unroll 4
    for (int v = 0; v < Taps; ++v, line += stride) {
      Pixel of_row = {};
#pragma GCC unroll 4
      for (int u = 0; u < Taps; ++u)
        of_row += across.of[u] * reinterpret_cast<const Pixel*>(line)[u];
      sum += down.of[v] * of_row;
    }
    for (int64_t c = 0; c < channels; ++c) result[c * count + i] = sum[c];
  }
}

#if defined(__x86_64__)
template <int Taps>
GANFACE_ALL_LANES void sample_in_all_lanes(const float* picture, int64_t side, const float* x,
                                           const float* y, int64_t count, int64_t channels,
                                           float* result) {
  sample<Taps>(picture, side, x, y, count, channels, result);
}
#endif

template <int Taps>
void sample_with_all_there_is(const float* picture, int64_t side, const float* x, const float* y,
                              int64_t count, int64_t channels, float* result) {
#if defined(__x86_64__)
  if (has_all_lanes())
    return sample_in_all_lanes<Taps>(picture, side, x, y, count, channels, result);
#endif
  sample<Taps>(picture, side, x, y, count, channels, result);
}

// sampled() on a CPU, without gradients.
at::Tensor sampled_here(const at::Tensor& picture, const at::Tensor& places, Sampling sampling) {
  const int64_t channels = picture.size(1), side = picture.size(2);
  const at::Tensor pixels =
      at::zeros({picture.size(0), side + 2 * kBorder, side + 2 * kBorder, kChannels});
  pixels.slice(1, kBorder, kBorder + side)
      .slice(2, kBorder, kBorder + side)
      .slice(3, 0, channels)
      .copy_(picture.permute({0, 2, 3, 1}));
  const at::Tensor at = places.contiguous();
  const int64_t count = at.size(2) * at.size(3);
  const at::Tensor result = at::empty({picture.size(0), channels, at.size(2), at.size(3)});
  at::parallel_for(0, picture.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float* x = at.data_ptr<float>() + (at.size(0) > 1 ? i * at.stride(0) : 0);
      (sampling == Sampling::kBicubic
           ? sample_with_all_there_is<4>
           : sample_with_all_there_is<2>)(pixels.data_ptr<float>() + i * pixels.stride(0), side, x,
                                          x + count, count, channels,
                                          result.data_ptr<float>() + i * result.stride(0));
    }
  });
  return result;
}

}  // namespace

at::Tensor pixel_centres(int64_t side, const at::Tensor& like) {
  const at::Tensor line =
      (at::arange(side, like.options()) + 0.5) * (2.0 / static_cast<double>(side)) - 1;
  return at::stack(
             {line.view({1, side}).expand({side, side}), line.view({side, 1}).expand({side, side})})
      .unsqueeze(0);
}

at::Tensor sampled(const at::Tensor& picture, const at::Tensor& places, Sampling sampling) {
  const bool differentiated =
      at::GradMode::is_enabled() && (picture.requires_grad() || places.requires_grad());
  if (!differentiated && picture.device().is_cpu() && picture.size(1) <= kChannels &&
      picture.scalar_type() == torch::kFloat32 && places.scalar_type() == torch::kFloat32)
    return sampled_here(picture, places, sampling);
  constexpr int64_t kLinear = 0, kCubic = 2, kZeros = 0;  // grid_sampler's numbers
  const at::Tensor grid = places.expand({picture.size(0), -1, -1, -1}).permute({0, 2, 3, 1});
  return at::grid_sampler_2d(picture.contiguous(), grid,
                             sampling == Sampling::kBicubic ? kCubic : kLinear, kZeros, false);
}

}  // namespace ganface::gan
