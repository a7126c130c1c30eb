// SPDX-License-Identifier: MIT
// Owns what synthetic pictures are painted with: random numbers, colours, pixels, maps.
#pragma once

#include <ganface/image.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "image/pixel_box.h"

namespace ganface::train {

/// Random numbers that are the same everywhere for the same seed.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  /// Uniform in [0, 1).
  float unit() { return static_cast<float>(engine_() >> 40) * (1.f / 16777216.f); }
  float between(float low, float high) { return low + (high - low) * unit(); }
  /// Uniform in the logarithm.
  float scale(float low, float high) { return low * std::pow(high / low, unit()); }
  /// 0 to count - 1.
  int below(int count) { return static_cast<int>(unit() * static_cast<float>(count)); }
  /// Any of a list, which isn't empty.
  template <typename Item>
  const Item& one_of(const std::vector<Item>& list) {
    return list[static_cast<size_t>(below(static_cast<int>(list.size())))];
  }
  bool chance(float share) { return unit() < share; }
  /// About standard normal: the sum of twelve uniform numbers.
  float normal() {
    float sum = -6;
    for (int i = 0; i < 12; ++i) sum += unit();
    return sum;
  }

 private:
  std::mt19937_64 engine_;
};

/// A colour, 0 to 255.
using Rgb = std::array<float, 3>;

inline Rgb mix(const Rgb& a, const Rgb& b, float share_of_b) {
  return {a[0] + (b[0] - a[0]) * share_of_b, a[1] + (b[1] - a[1]) * share_of_b,
          a[2] + (b[2] - a[2]) * share_of_b};
}
inline Rgb scaled(const Rgb& colour, float factor) {
  return {colour[0] * factor, colour[1] * factor, colour[2] * factor};
}
inline Rgb multiplied(const Rgb& a, const Rgb& b) {
  return {a[0] * b[0], a[1] * b[1], a[2] * b[2]};
}
Rgb random_colour(Random& random);
inline Rgb pixel(const Image& image, int x, int y) {
  const uint8_t* p = image.row(y) + 3 * x;
  return {static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2])};
}
inline void set_pixel(Image& image, int x, int y, const Rgb& colour) {
  uint8_t* p = image.row(y) + 3 * x;
  for (size_t c = 0; c < 3; ++c)
    p[c] = static_cast<uint8_t>(std::min(std::max(colour[c] + 0.5f, 0.f), 255.f));
}

/// Left becomes right.
void mirror(Image& image);

/// A point of the plane.
struct Spot {
  float x = 0, y = 0;
};

inline Spot pixel_centre(int x, int y) {
  return {static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
}

/// The picture's pixels between two points.
PixelBox box_within(const Image& picture, Spot upper_left, Spot lower_right);

/// Calls paint(x, y) for each pixel of a box, row by row.
template <typename Paint>
void for_each_pixel(const PixelBox& box, Paint paint) {
  for (int y = box.top; y < box.bottom; ++y)
    for (int x = box.left; x < box.right; ++x) paint(x, y);
}

/// A similarity map.
struct Similarity {
  float a = 1, b = 0, x = 0, y = 0;  ///< (u, v) -> (a u - b v + x, b u + a v + y)

  Spot operator()(Spot p) const { return {a * p.x - b * p.y + x, b * p.x + a * p.y + y}; }
  float scale() const { return std::sqrt(a * a + b * b); }
  Similarity inverse() const;
  /// This map after `first`.
  Similarity after(const Similarity& first) const;
  /// Turns by `angle` (radians) and scales about `from`, which comes to lie at `to`.
  static Similarity about(Spot from, Spot to, float scale, float angle);
};

/// A whole turn in radians.
constexpr float kTau = 6.2831853f;

}  // namespace ganface::train
