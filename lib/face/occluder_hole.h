// SPDX-License-Identifier: MIT
// Owns how the hole follows from what covers a face: part by part, by what kind each is of.
#pragma once

#include <ganface/occlusion.h>

namespace ganface::face {

/// What of a face is missing, 1 channel, OcclusionSegmenter::kSize pixels a side, 255 = missing.
struct OccluderHole {
  Image hole;
  OccluderKinds kinds = 0;  ///< of all that covers the face, whether it was asked for or not
};

/// The hole that the connected parts of `covered` make, where their kind is among those `asked`
/// for: a medical mask as a whole, anything else inside the face's outline.
OccluderHole hole_of(const Image& covered, const HeadSegmentation& head, const Image& outline,
                     OccluderKinds asked);

}  // namespace ganface::face
