// SPDX-License-Identifier: MIT
// Owns what synthetic pictures are painted with: random numbers, colours, maps, photographs.
#pragma once

#include <ganface/image.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

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

/// A point of the plane.
struct Spot {
  float x = 0, y = 0;
};

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

/// Side of a deep-funneled LFW photograph, and where in it the canonical crop begins and how large
/// it is, in pixels.
constexpr int kPhotographSide = 250, kCropBegin = 61, kCropSide = 128;
constexpr Spot kPhotographMiddle{kPhotographSide / 2.f, kPhotographSide / 2.f};

/// A whole turn in radians.
constexpr float kTau = 6.2831853f;

/// A photograph with copies of half the side each.
class Photograph {
 public:
  explicit Photograph(Image image);
  const Image& picture() const { return levels_.front(); }
  /// Colour at a point (pixels, a pixel's centre at + 0.5), bilinear, for a picture in which a
  /// pixel covers `step` of the photograph's. Outside it the nearest pixel is repeated.
  Rgb at(Spot p, float step) const;

 private:
  std::vector<Image> levels_;
};

/// The photographs of a folder, in the order of their paths.
class Photographs {
 public:
  /// Throws Error(kInput) when an image is not 250 x 250 pixels, or none can be read; damaged files
  /// are left out.
  explicit Photographs(const std::filesystem::path& folder);
  explicit Photographs(const std::vector<std::filesystem::path>& files);
  size_t size() const { return photographs_.size(); }
  const Photograph& operator[](size_t i) const { return photographs_[i]; }
  /// The number of any photograph.
  size_t draw(Random& random) const {
    return static_cast<size_t>(random.below(static_cast<int>(size())));
  }
  const Photograph& any(Random& random) const { return photographs_[draw(random)]; }
  /// The number of another photograph of the person that photograph `i` shows, which is the folder
  /// that it lies in; `i` when there is none.
  size_t another_of_person(size_t i, Random& random) const;

 private:
  std::vector<Photograph> photographs_;
  std::vector<std::filesystem::path> people_;  // of each photograph
};

/// A piece of a photograph that repeats, mirrored, over the whole plane.
class Tiling {
 public:
  /// A piece without the face: beside it, above it or below it.
  static Tiling surroundings(const Photographs& photographs, Random& random);
  /// Skin of a photograph's forehead or cheeks.
  static Tiling skin(const Photograph& photograph, Random& random);
  /// Colour at a point of the plane, in which a pixel is `pixel` wide.
  Rgb at(Spot p, float pixel) const;
  /// How the plane is mapped to the photograph.
  Similarity map;

 private:
  Tiling(const Photograph& photograph, float left, float top, float right, float bottom)
      : photograph_(&photograph), left_(left), top_(top), right_(right), bottom_(bottom) {}
  const Photograph* photograph_;
  float left_, top_, right_, bottom_;
};

/// Each pixel the mean of its neighbourhood, 3 x 3 pixels.
void blur(Image& picture);

/// Unsharp masking, as cameras do: adds `amount` times what `passes` of blur() take away.
void sharpen(Image& picture, int passes, float amount);

/// Light from a side, soft shadows and highlights.
void light_unevenly(Image& picture, Random& random);

/// The shine of damp skin: a few small bright spots in a canonical crop, where faces have them.
void add_shine(Image& crop, Random& random);

/// Makes a part of a head crop soft and tints it a little, as retouching does, shallow focus or
/// motion: it shows less of the face and covers nothing.
void soften_part(Image& crop, Random& random);

/// What a camera and a codec do to a picture: exposure, colour cast, blur, noise, lost detail.
void photograph_badly(Image& picture, Random& random, float strength = 1);

}  // namespace ganface::train
