// SPDX-License-Identifier: MIT
// Owns how photographs get into synthetic pictures: whole, or cut out.
#pragma once

#include <array>

#include "train/synthetic/photographs.h"

namespace ganface::train {

/// How bright and how tinted a photograph is shown.
Rgb random_gain(Random& random);

/// What of a photograph is pasted: a shape around a point, all of it fading out at its edge.
class Cutout {
 public:
  /// The whole photograph.
  static Cutout whole() { return {}; }
  /// A head with more or less of its surroundings.
  static Cutout head(Random& random);
  /// A head and something of what is around it, or any other lump; pixels of the photograph.
  Cutout(Spot middle, float half_width, float half_height, Random& random);

  /// How far from the photograph's middle it reaches, in pixels of the photograph.
  float reach() const;
  /// How much of a point is pasted, for a picture in which a pixel covers `step` of the
  /// photograph's.
  float share(Spot p, float step) const;

 private:
  static constexpr float kSwing = 0.27f;      // of the outline, beside a radius of 1
  static constexpr float kLeastPower = 1.8f;  // of |x|^p + |y|^p
  static constexpr float kWidest = 1.47f;     // 2^(1 / kLeastPower)
  Cutout() = default;
  bool whole_ = true;
  Spot middle_;
  float half_width_ = 1, half_height_ = 1, power_ = 2, feather_ = 0;
  std::array<float, 3> height_{}, phase_{};
};

/// Where something is pasted. `owner` (1 channel, of the picture's size, may be null) becomes `id`
/// where it is opaque.
struct Canvas {
  Image& picture;
  Image* owner = nullptr;
  uint8_t id = 0;

  void own(int x, int y, float share) const {
    if (owner != nullptr && share >= 0.5f) owner->row(y)[x] = id;
  }
};

/// Pastes a photograph; `map` takes its pixels to the picture's.
void paste(const Canvas& canvas, const Photograph& photograph, const Cutout& cutout,
           const Similarity& map, const Rgb& gain);

/// Shows all of a photograph that a picture has room for, its border repeated beyond it; `map`
/// takes its pixels to the picture's.
void show(Image& picture, const Photograph& photograph, const Similarity& map, const Rgb& gain);

}  // namespace ganface::train
