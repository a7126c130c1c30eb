// SPDX-License-Identifier: MIT
// Owns outlines as signed distances, and how they are put together.
#include "train/synthetic/occluders/signed_distance.h"

#include <algorithm>
#include <utility>

namespace ganface::train {

Shape union_of(std::vector<Capsule> capsules) {
  return [capsules = std::move(capsules)](Spot p) {
    float nearest = 1e9f;
    for (const Capsule& capsule : capsules) nearest = std::min(nearest, capsule.distance(p));
    return nearest;
  };
}

Shape placed(Shape shape, const Similarity& place) {
  const Similarity back = place.inverse();
  return [shape = std::move(shape), back, scale = place.scale()](Spot p) {
    return shape(back(p)) * scale;
  };
}

Shape box_shape(float half_width, float half_height, float round) {
  return [=](Spot p) {
    const float x = std::abs(p.x) - half_width + round, y = std::abs(p.y) - half_height + round;
    return length({std::max(x, 0.f), std::max(y, 0.f)}) + std::min(std::max(x, y), 0.f) - round;
  };
}

Shape ellipse_shape(float half_width, float half_height) {
  return [=](Spot p) {
    const float k = length({p.x / half_width, p.y / half_height});
    const float slope =
        length({p.x / (half_width * half_width), p.y / (half_height * half_height)});
    return slope < 1e-6f ? -std::min(half_width, half_height) : k * (k - 1) / slope;
  };
}

Shape blob_shape(float radius, float roughness, Random& random) {
  std::array<float, 6> height{}, phase{};
  for (size_t i = 0; i < height.size(); ++i) {
    height[i] = roughness * random.between(-1, 1) / (1 + 0.5f * static_cast<float>(i));
    phase[i] = random.between(0, kTau);
  }
  return [=](Spot p) {
    const float angle = std::atan2(p.y, p.x);
    float reach = 1;
    for (size_t i = 0; i < height.size(); ++i)
      reach += height[i] * std::cos(static_cast<float>(i + 1) * angle + phase[i]);
    return 0.8f * (length(p) - radius * std::max(reach, 0.2f));
  };
}

Shape polygon_shape(float radius, Random& random) {
  const int corners = 3 + random.below(4);
  std::vector<std::array<float, 3>> sides;
  for (int i = 0; i < corners; ++i) {
    const float angle =
        (static_cast<float>(i) + random.between(-0.3f, 0.3f)) * kTau / static_cast<float>(corners);
    sides.push_back({std::cos(angle), std::sin(angle), radius * random.between(0.5f, 1)});
  }
  return [sides](Spot p) {
    float most = -1e9f;
    for (const auto& [x, y, reach] : sides) most = std::max(most, p.x * x + p.y * y - reach);
    return most;
  };
}

}  // namespace ganface::train
