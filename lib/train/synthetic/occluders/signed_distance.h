// SPDX-License-Identifier: MIT
// Owns outlines as signed distances, and how they are put together.
#pragma once

#include <functional>
#include <vector>

#include "train/synthetic/painting.h"

namespace ganface::train {

/// Signed distance of a point to an outline, negative inside; far from the outline about that.
using Shape = std::function<float(Spot)>;

inline float length(Spot p) { return std::sqrt(p.x * p.x + p.y * p.y); }

/// A stroke with round ends, `radius0` wide at its start and `radius1` at its end.
struct Capsule {
  Spot from, to;
  float radius0, radius1;

  /// The nearest of its axis's points, seen from p, and the radius there.
  struct Cut {
    Spot away;
    float radius;
  };
  Cut cut(Spot p) const {
    const Spot along{to.x - from.x, to.y - from.y}, away{p.x - from.x, p.y - from.y};
    const float squared = std::max(along.x * along.x + along.y * along.y, 1e-8f);
    const float t = std::clamp((away.x * along.x + away.y * along.y) / squared, 0.f, 1.f);
    return {{away.x - t * along.x, away.y - t * along.y}, radius0 + t * (radius1 - radius0)};
  }
  float distance(Spot p) const {
    const Cut here = cut(p);
    return length(here.away) - here.radius;
  }
};

/// What any of them covers.
Shape union_of(std::vector<Capsule> capsules);
/// A shape moved by `place`.
Shape placed(Shape shape, const Similarity& place);

// About the origin:

Shape box_shape(float half_width, float half_height, float round);
Shape ellipse_shape(float half_width, float half_height);
/// A closed line whose radius swings.
Shape blob_shape(float radius, float roughness, Random& random);
/// A convex polygon of three to six sides, each at most `radius` away.
Shape polygon_shape(float radius, Random& random);

}  // namespace ganface::train
