// SPDX-License-Identifier: MIT
// Owns hair or a cloth that hangs down over the forehead.
#include "train/synthetic/worn_things.h"

#include <algorithm>
#include <cmath>

#include "train/synthetic/worn/face_frame.h"
#include "train/synthetic/worn/plane.h"

namespace ganface::train {

void wear_fringe(Image& picture, const std::vector<Spot>& points, Random& random) {
  const FaceFrame frame(points);
  const Image before = picture;
  const Spot top = points[0];
  // How far down it hangs at a place across the face, both in shares of the side.
  const float parting = random.between(-0.5f, 0.5f), slope = random.between(-0.9f, 0.9f);
  const float deep = random.between(0.02f, 0.2f), sides = random.between(0, 1.4f);
  const float strands = random.between(0, 0.05f), rate = random.between(20, 90);
  const float phase = random.between(0, 6), soft = random.between(0.005f, 0.04f);
  const float stretch = random.between(0.6f, 1.5f), lean = random.between(-0.5f, 0.5f);
  const float light = random.between(0.8f, 1.1f);
  const std::vector<Spot> oval(points.begin(), points.begin() + HeadLabel::kOval);
  for_pixels_near(oval, 0.08f * frame.side(), picture, [&](int x, int y) {
    const auto [right, below] = frame.seen_from(top, pixel_centre(x, y));
    if (below < 0) return;
    const float across = right - parting * 0.5f;
    const float reach = deep + slope * 0.3f * across + sides * across * across +
                        strands * std::sin(rate * right + phase);
    const float cover = std::clamp((std::min(reach, 0.45f) - below) / soft, 0.f, 1.f);
    if (cover <= 0) return;
    // What is as far above the forehead's upper edge.
    const Spot source = frame.moved(top, right + lean * below, -stretch * below - 0.01f);
    const int column = std::clamp(static_cast<int>(source.x), 0, picture.width - 1);
    const int row = std::clamp(static_cast<int>(source.y), 0, picture.height - 1);
    set_pixel(picture, x, y,
              mix(pixel(picture, x, y), scaled(pixel(before, column, row), light), cover));
  });
}

}  // namespace ganface::train
