// SPDX-License-Identifier: MIT
// Owns face ids that stay the same from frame to frame.
#pragma once

#include <ganface/face_detector.h>

#include <vector>

namespace ganface::gst {

/// Gives each detected face the id of the face that stood nearest in the last frame, when that is
/// within half a crop's side, and a new id otherwise.
class FaceTracks {
 public:
  /// Ids of `faces`, in their order. Call once for every frame on which detection ran.
  std::vector<unsigned> update(const std::vector<DetectedFace>& faces);
  void reset() { tracks_.clear(); }

 private:
  struct Track {
    unsigned id;
    CanonicalTransform transform;
  };
  std::vector<Track> tracks_;
  unsigned next_id_ = 0;
};

}  // namespace ganface::gst
