// SPDX-License-Identifier: MIT
// Owns points and affine maps of them.
#pragma once

#include <ganface/frame.h>

namespace ganface {

struct Point {
  double x, y;
};

inline Point apply(const CanonicalTransform& t, Point p) {
  return {t[0] * p.x + t[1] * p.y + t[2], t[3] * p.x + t[4] * p.y + t[5]};
}

/// From the canonical crop back to the frame. Throws Error(kInput) when there is no inverse, or one
/// of numbers that no frame has.
CanonicalTransform inverse(const CanonicalTransform& transform);

}  // namespace ganface
