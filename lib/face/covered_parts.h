// SPDX-License-Identifier: MIT
// Owns which parts of a face something covers, and their steadiness in time.
#pragma once

#include <ganface/occlusion.h>

#include <vector>

#include "face/caution.h"

namespace ganface::face {

/// What covers one face, from frame to frame. Parts hang together with what is surely covered
/// (Canny 1986), and begin in a video once two frames show them.
class CoveredParts {
 public:
  /// Takes in the next frame: what of the face within `outline` is covered by these kinds. Around
  /// something large in front of a face that `was_seen` uncovered, parts reach farther.
  void take(const HeadSegmentation& head, const Image& outline, OccluderKinds kinds,
            const Thresholds& thresholds, bool was_seen);
  /// Nothing is known of what was before.
  void forget();

  /// What is surely covered in the last frame, and what is covered in it; empty: nothing is known.
  const Image& sure() const { return sure_; }
  const Image& parts() const { return parts_; }

 private:
  void smooth(const HeadSegmentation& head, OccluderKinds kinds);
  Image surely_covered(const Image& outline, const Thresholds& thresholds) const;
  Image with_what_stays(const Image& sure, float stays) const;
  Image seen_twice(const Image& parts) const;
  Image reaching_farther(const Image& parts, const std::vector<float>& before) const;

  std::vector<float> shares_;  // of what is asked for, 0 to 255, smoothed
  Image sure_, parts_;
};

}  // namespace ganface::face
