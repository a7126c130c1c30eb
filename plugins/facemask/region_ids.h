// SPDX-License-Identifier: MIT
// Owns the ids of faces that other elements found.
#pragma once

#include <ganface/face_tracker.h>

#include <vector>

namespace ganface::gst {

/// Gives each face the id of the one that stood nearest in the last frame, when that is within half
/// a crop's side, and a new id otherwise.
class RegionIds {
 public:
  /// Sets the ids of a frame's faces. Call once for every frame.
  void number(std::vector<TrackedFace>& faces);
  /// The next frame has nothing to do with the last.
  void reset() { last_.clear(); }

 private:
  std::vector<TrackedFace> last_;
  unsigned next_id_ = 0;
};

}  // namespace ganface::gst
