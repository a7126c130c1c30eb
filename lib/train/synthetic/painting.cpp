// SPDX-License-Identifier: MIT
// Owns what synthetic pictures are painted with: random numbers, colours, pixels, maps.
#include "train/synthetic/painting.h"

namespace ganface::train {

Rgb random_colour(Random& random) {
  const float bright = random.between(0, 255), vivid = random.unit();
  Rgb colour{};
  for (float& channel : colour) channel = bright + vivid * (random.between(0, 255) - bright);
  return colour;
}

void mirror(Image& image) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width / 2; ++x)
      for (int c = 0; c < image.channels; ++c)
        std::swap(image.row(y)[x * image.channels + c],
                  image.row(y)[(image.width - 1 - x) * image.channels + c]);
}

PixelBox box_within(const Image& picture, Spot upper_left, Spot lower_right) {
  return {std::clamp(static_cast<int>(upper_left.x), 0, picture.width),
          std::clamp(static_cast<int>(upper_left.y), 0, picture.height),
          std::clamp(static_cast<int>(lower_right.x) + 1, 0, picture.width),
          std::clamp(static_cast<int>(lower_right.y) + 1, 0, picture.height)};
}

Similarity Similarity::inverse() const {
  const float squared = a * a + b * b;
  Similarity back{a / squared, -b / squared, 0, 0};
  const Spot origin = back({x, y});
  back.x = -origin.x;
  back.y = -origin.y;
  return back;
}

Similarity Similarity::after(const Similarity& first) const {
  const Spot origin = (*this)({first.x, first.y});
  return {a * first.a - b * first.b, a * first.b + b * first.a, origin.x, origin.y};
}

Similarity Similarity::about(Spot from, Spot to, float scale, float angle) {
  Similarity map{scale * std::cos(angle), scale * std::sin(angle), 0, 0};
  const Spot moved = map(from);
  map.x = to.x - moved.x;
  map.y = to.y - moved.y;
  return map;
}

}  // namespace ganface::train
