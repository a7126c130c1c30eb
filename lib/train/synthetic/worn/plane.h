// SPDX-License-Identifier: MIT
// Owns lines and distances in the plane of a picture, and the pixels near them.
#pragma once

#include <algorithm>
#include <vector>

#include "train/synthetic/painting.h"

namespace ganface::train {

inline Spot between(Spot a, Spot b, float share) {
  return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
}
inline float distance(Spot a, Spot b) { return std::hypot(a.x - b.x, a.y - b.y); }
float distance_to_segment(Spot p, Spot a, Spot b);
/// Signed distance to a closed polygon, negative inside.
float distance_to_polygon(Spot p, const std::vector<Spot>& corners);

/// Adds a curve of the second degree to a line, without its end.
void add_curve(std::vector<Spot>& line, Spot from, Spot control, Spot to);

/// Calls paint(x, y) for each pixel at most `margin` beside what spans `corners`.
template <typename Paint>
void for_pixels_near(const std::vector<Spot>& corners, float margin, const Image& picture,
                     Paint paint) {
  float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
  for (const Spot& p : corners) {
    left = std::min(left, p.x - margin);
    right = std::max(right, p.x + margin);
    top = std::min(top, p.y - margin);
    bottom = std::max(bottom, p.y + margin);
  }
  const auto clamped = [](float value, int most) {
    return static_cast<int>(std::clamp(value, 0.f, static_cast<float>(most)));
  };
  for_each_pixel({clamped(left, picture.width), clamped(top, picture.height),
                  clamped(right + 1, picture.width), clamped(bottom + 1, picture.height)},
                 paint);
}

}  // namespace ganface::train
