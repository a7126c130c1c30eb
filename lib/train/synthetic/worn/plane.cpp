// SPDX-License-Identifier: MIT
// Owns lines and distances in the plane of a picture, and the pixels near them.
#include "train/synthetic/worn/plane.h"

#include <cmath>

namespace ganface::train {

float distance_to_segment(Spot p, Spot a, Spot b) {
  const Spot along{b.x - a.x, b.y - a.y};
  const float squared = std::max(along.x * along.x + along.y * along.y, 1e-6f);
  const float t = std::clamp(((p.x - a.x) * along.x + (p.y - a.y) * along.y) / squared, 0.f, 1.f);
  return std::hypot(p.x - a.x - t * along.x, p.y - a.y - t * along.y);
}

float distance_to_polygon(Spot p, const std::vector<Spot>& corners) {
  float nearest = 1e9f;
  bool inside = false;
  for (size_t i = 0; i < corners.size(); ++i) {
    const Spot &a = corners[i], &b = corners[(i + 1) % corners.size()];
    nearest = std::min(nearest, distance_to_segment(p, a, b));
    if ((a.y <= p.y) != (b.y <= p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x))
      inside = !inside;
  }
  return inside ? -nearest : nearest;
}

void add_curve(std::vector<Spot>& line, Spot from, Spot control, Spot to) {
  constexpr int kSteps = 6;
  for (int i = 0; i < kSteps; ++i) {
    const float t = static_cast<float>(i) / kSteps;
    line.push_back(between(between(from, control, t), between(control, to, t), t));
  }
}

}  // namespace ganface::train
