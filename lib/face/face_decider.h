// SPDX-License-Identifier: MIT
// Owns the decision whether one face is repaired, and what of it, from frame to frame.
#pragma once

#include <ganface/occlusion.h>

#include <optional>

#include "face/caution.h"
#include "face/covered_parts.h"
#include "face/occluder_hole.h"

namespace ganface::face {

/// What a frame shows of a face.
struct Sight {
  const HeadSegmentation& head;
  double score = 0;       ///< the detector's, 0 to 1
  bool was_seen = false;  ///< uncovered, in an earlier frame
  bool is_late = false;   ///< others were there before the face came
};

/// Decides about one face of a video, or of a photograph. In doubt nothing is repaired: a hole
/// begins where something of an asked-for kind surely covers the face's oval, in a video in two
/// frames running, and reaches as far as it hangs together with what perhaps is covered. A medical
/// mask goes as a whole, anything else inside the oval.
class FaceDecider {
 public:
  /// What is to be repaired in the next frame. A photograph's face needs a decider of its own.
  FaceOcclusion decide(const Sight& sight, const OcclusionOptions& options, bool is_video);

  /// What may be covered in the last frame, whether it is repaired or not: 1 channel,
  /// OcclusionSegmenter::kSize pixels a side, 255 = covered.
  Image doubtful_part() const;
  /// Whether there was a hole in the last frame.
  bool is_repaired() const { return is_repaired_; }

 private:
  Image outline_of(const HeadSegmentation& head) const;
  void count_frame(bool comes_late);
  void remember_clear(const Image& outline);
  bool is_agreed(const Sight& sight, const OccluderHole& found, const Image& outline,
                 const Thresholds& thresholds) const;
  bool is_distrusted(OccluderKinds kinds, const Thresholds& thresholds) const;

  CoveredParts covered_;
  Image clear_oval_;  // as it was when nothing covered the face; empty: it never was
  double clear_yaw_ = 0;
  std::optional<double> yaw_;  // smoothed; nothing before the first frame
  bool is_turned_ = false;
  bool is_doubtful_ = false;  // perhaps no face
  bool is_repaired_ = false;
  int distrust_ = 0;  // frames until it may be repaired, since it was doubtful
  int strange_ = 0;   // the same, unless a medical mask covers it, since it came covered
};

}  // namespace ganface::face
