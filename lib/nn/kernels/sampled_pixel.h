// SPDX-License-Identifier: MIT
// Owns the value of a picture at a place, on a CPU.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "image/interpolation.h"
#include "nn/runtime/simd.h"

namespace ganface::nn {

/// A pixel of up to four channels.
constexpr int64_t kPixelChannels = 4;
typedef float Pixel __attribute__((vector_size(kPixelChannels * sizeof(float)), may_alias));

/// Pictures [N, C, S, S] of up to four channels, pixel after pixel, in a border of zeros.
class BorderedPictures {
 public:
  /// Throws c10::Error for pictures that are not such, or not on the CPU.
  explicit BorderedPictures(const at::Tensor& pictures);
  int64_t side() const { return side_; }
  int64_t stride() const { return (side_ + 2 * kBorder) * kPixelChannels; }
  /// The first pixel inside the border.
  const float* picture(int64_t i) const {
    return pixels_.data_ptr<float>() + i * pixels_.stride(0) + kBorder * stride() +
           kBorder * kPixelChannels;
  }

  /// Where no tap meets a pixel is as good as farther off.
  static constexpr int64_t kBorder = 4;

 private:
  at::Tensor pixels_;
  int64_t side_ = 0;
};

/// A picture of BorderedPictures and how it is read.
struct BorderedPicture {
  const float* data;
  int64_t side, stride;

  BorderedPicture(const BorderedPictures& all, int64_t i)
      : data(all.picture(i)), side(all.side()), stride(all.stride()) {}
};

template <int Taps>
struct TapWeights {
  float of[Taps];
};

// Of the pixels around a place that lies `after`, 0 to 1, the one before it.
GANFACE_INLINED void set_weights(TapWeights<2>& weights, float after) {
  weights = {{1 - after, after}};
}

GANFACE_INLINED void set_weights(TapWeights<4>& weights, float after) {
  cubic_weights(kSharpCubic, after, weights.of);
}

/// A picture's value at a place, half sides from its middle; 0 outside, and where the place is no
/// number.
template <int Taps>
GANFACE_INLINED Pixel sampled_pixel(const BorderedPicture& picture, float x, float y) {
  const float half = static_cast<float>(picture.side) / 2;
  constexpr float kLeast = -BorderedPictures::kBorder + Taps / 2 - 1;
  const float most = static_cast<float>(picture.side + Taps / 2 - 1);
  const float column = std::min(std::max(kLeast, (x + 1) * half - 0.5f), most);
  const float row = std::min(std::max(kLeast, (y + 1) * half - 0.5f), most);
  const float left = std::floor(column), top = std::floor(row);
  TapWeights<Taps> across, down;
  set_weights(across, column - left);
  set_weights(down, row - top);
  const float* line = picture.data + (static_cast<int64_t>(top) - Taps / 2 + 1) * picture.stride +
                      (static_cast<int64_t>(left) - Taps / 2 + 1) * kPixelChannels;
  Pixel sum = {};
#pragma GCC unroll 4
  for (int v = 0; v < Taps; ++v, line += picture.stride) {
    Pixel of_row = {};
#pragma GCC unroll 4
    for (int u = 0; u < Taps; ++u) of_row += across.of[u] * reinterpret_cast<const Pixel*>(line)[u];
    sum += down.of[v] * of_row;
  }
  return sum;
}

}  // namespace ganface::nn
