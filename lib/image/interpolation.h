// SPDX-License-Identifier: MIT
// Owns the places and weights of interpolation along an axis of samples.
#pragma once

#include <algorithm>
#include <cmath>

namespace ganface {

/// A place between two of `count` samples, for linear interpolation. What lies outside is the
/// nearest sample.
template <typename Number, typename Index = int>
struct Between {
  Index first, second;
  Number share;  ///< of the second, 0 to 1

  Between(Number place, Index count) {
    const Number inside = std::min(std::max(place, Number(0)), static_cast<Number>(count - 1));
    first = static_cast<Index>(inside);
    second = std::min<Index>(first + 1, count - 1);
    share = inside - static_cast<Number>(first);
  }
};

/// Keys' parameter (1981). His own -1/2 keeps what is interpolated again and again as it is: it
/// reproduces parabolas and hardly raises any frequency. -3/4 is sharper, and what OpenCV's
/// INTER_CUBIC and LibTorch's bicubic sampling take.
constexpr float kKeysCubic = -0.5f, kSharpCubic = -0.75f;

/// Weights of the four samples about a place which lies `after`, 0 to 1, the second of them.
template <typename Number>
[[gnu::always_inline]] inline void cubic_weights(Number a, Number after, Number (&weights)[4]) {
  const auto of_near = [a](Number x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto of_far = [a](Number x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  weights[0] = of_far(after + 1);
  weights[1] = of_near(after);
  weights[2] = of_near(1 - after);
  weights[3] = of_far(2 - after);
}

/// The four samples of `count` about a place, the border repeated, and their weights.
template <typename Number>
struct CubicTaps {
  int samples[4];
  Number weights[4];

  CubicTaps(Number a, Number place, int count) {
    const Number second = std::floor(place);
    for (int i = 0; i < 4; ++i)
      samples[i] = std::clamp(static_cast<int>(second) - 1 + i, 0, count - 1);
    cubic_weights(a, place - second, weights);
  }
};

}  // namespace ganface
