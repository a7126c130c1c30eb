// SPDX-License-Identifier: MIT
// Owns how photographs get into synthetic pictures: whole, or cut out.
#include "train/synthetic/pasting.h"

#include <algorithm>

namespace ganface::train {

Rgb random_gain(Random& random) {
  const float bright = random.scale(0.65f, 1.35f);
  return {bright * random.between(0.92f, 1.08f), bright * random.between(0.92f, 1.08f),
          bright * random.between(0.92f, 1.08f)};
}

Cutout Cutout::head(Random& random) {
  if (random.chance(0.3f)) return whole();
  const float size = random.between(0.56f, 0.95f) * kCropSide;
  return {
      {kPhotographMiddle.x + random.between(-6, 6), kPhotographMiddle.y + random.between(-10, 10)},
      size * random.between(0.8f, 1.05f),
      size * random.between(1, 1.2f),
      random};
}

Cutout::Cutout(Spot middle, float half_width, float half_height, Random& random)
    : whole_(false), middle_(middle), half_width_(half_width), half_height_(half_height) {
  for (size_t i = 0; i < height_.size(); ++i) {
    height_[i] = random.between(-kSwing / 3, kSwing / 3);
    phase_[i] = random.between(0, kTau);
  }
  power_ = random.between(kLeastPower, 6);
  feather_ = random.chance(0.5f) ? random.between(0, 0.04f) : random.between(0.04f, 0.3f);
}

float Cutout::reach() const {
  if (whole_) return 0.72f * kPhotographSide;
  return std::hypot(middle_.x - kPhotographMiddle.x, middle_.y - kPhotographMiddle.y) +
         (1 + kSwing) * 1.42f * std::max(half_width_, half_height_);
}

float Cutout::share(Spot p, float step) const {
  if (whole_) {
    const float inside = std::min({p.x, p.y, kPhotographSide - p.x, kPhotographSide - p.y});
    return std::clamp(inside / step + 0.5f, 0.f, 1.f);
  }
  const float x = (p.x - middle_.x) / half_width_, y = (p.y - middle_.y) / half_height_;
  // Most points are clearly inside or outside, which costs much less to see.
  const float edge = std::max(feather_, 0.7f * step / half_width_);
  const float farther = std::max(std::abs(x), std::abs(y));
  if (farther > 1 + kSwing) return 0;
  if (kWidest * farther < 1 - kSwing - edge) return 1;
  const float angle = std::atan2(y, x);
  float reach = 1;
  for (size_t i = 0; i < height_.size(); ++i)
    reach += height_[i] * std::cos(static_cast<float>(i + 2) * angle + phase_[i]);
  const float radius =
      std::pow(std::pow(std::abs(x), power_) + std::pow(std::abs(y), power_), 1 / power_);
  return std::clamp((reach - radius) / edge, 0.f, 1.f);
}

void paste(const Canvas& canvas, const Photograph& photograph, const Cutout& cutout,
           const Similarity& map, const Rgb& gain) {
  Image& picture = canvas.picture;
  const Similarity back = map.inverse();
  const float step = back.scale(), reach = (cutout.reach() + 1) * map.scale();
  const Spot middle = map(kPhotographMiddle);
  const PixelBox box = box_within(picture, {middle.x - reach, middle.y - reach},
                                  {middle.x + reach, middle.y + reach});
  for_each_pixel(box, [&](int x, int y) {
    const Spot p = back(pixel_centre(x, y));
    const float share = cutout.share(p, step);
    if (share <= 0) return;
    const Rgb colour = multiplied(photograph.at(p, step), gain);
    set_pixel(picture, x, y, share < 1 ? mix(pixel(picture, x, y), colour, share) : colour);
    canvas.own(x, y, share);
  });
}

void show(Image& picture, const Photograph& photograph, const Similarity& map, const Rgb& gain) {
  const Similarity back = map.inverse();
  const float step = back.scale();
  for_each_pixel({0, 0, picture.width, picture.height}, [&](int x, int y) {
    set_pixel(picture, x, y, multiplied(photograph.at(back(pixel_centre(x, y)), step), gain));
  });
}

}  // namespace ganface::train
