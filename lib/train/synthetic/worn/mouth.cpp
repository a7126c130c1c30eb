// SPDX-License-Identifier: MIT
// Owns a mouth that is open wide.
#include "train/synthetic/worn_things.h"

#include <algorithm>
#include <cmath>

#include "train/synthetic/worn/face_frame.h"
#include "train/synthetic/worn/plane.h"

namespace ganface::train {

void open_mouth(Image& picture, const std::vector<Spot>& points, Random& random) {
  const FaceFrame frame(points);
  const Spot middle = frame.moved(between(points[HeadLabel::kTip], points[HeadLabel::kChin], 0.5f),
                                  random.between(-0.02f, 0.02f), random.between(-0.04f, 0.06f));
  const float half_width = random.between(0.06f, 0.14f), half_height = random.between(0.03f, 0.14f);
  const float power = random.between(1.6f, 2.6f), soft = random.between(0.08f, 0.3f);
  const Rgb inside{random.between(15, 90), random.between(5, 40), random.between(5, 40)};
  const float teeth = random.chance(0.6f) ? random.between(-0.9f, -0.3f) : -2;
  const float tongue = random.chance(0.5f) ? random.between(0.1f, 0.7f) : 2;
  const Rgb white{random.between(150, 235), random.between(140, 225), random.between(120, 210)};
  const Rgb red{random.between(110, 190), random.between(50, 95), random.between(50, 95)};
  for_pixels_near({middle}, 0.2f * frame.side(), picture, [&](int x, int y) {
    const Spot from = frame.seen_from(middle, pixel_centre(x, y));
    const float right = from.x / half_width, below = from.y / half_height;
    const float radius = std::pow(std::abs(right), power) + std::pow(std::abs(below), power);
    const float cover = std::clamp((1 - radius) / soft, 0.f, 1.f);
    if (cover <= 0) return;
    const Rgb& colour = below < teeth ? white : below > tongue ? red : inside;
    set_pixel(picture, x, y,
              mix(pixel(picture, x, y), scaled(colour, 0.6f + 0.4f * (1 - radius)), cover));
  });
}

}  // namespace ganface::train
