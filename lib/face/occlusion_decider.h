// SPDX-License-Identifier: MIT
// Owns the decisions about all faces of a stream, by their numbers.
#pragma once

#include <ganface/occlusion.h>

#include <map>
#include <vector>

#include "face/face_decider.h"

namespace ganface::face {

/// Decides, face by face and frame by frame, what of a segmented head is to be repaired.
class OcclusionDecider {
 public:
  /// What is to be repaired of the face with this id. Unless the frames are a video's, what was
  /// before says nothing. The hole of a face that was seen uncovered reaches farther around
  /// something large, for what lies there is remembered, and a finger that is left would stay. In a
  /// photograph detector and segmenter must both be sure of the face, unless a medical mask hides
  /// most of it.
  FaceOcclusion decide(unsigned id, const Sight& sight, const OcclusionOptions& options,
                       bool is_video);

  /// What may be covered of a face in its last frame, whether it is repaired or not: 1 channel,
  /// OcclusionSegmenter::kSize pixels a side, 255 = covered.
  Image doubtful_part(unsigned id) const;

  /// Whether a video's face had a hole in its last frame.
  bool is_repaired(unsigned id) const;

  /// Forgets the faces that are not among these.
  void keep(const std::vector<unsigned>& ids);
  void reset() { faces_.clear(); }

 private:
  std::map<unsigned, FaceDecider> faces_;
};

}  // namespace ganface::face
