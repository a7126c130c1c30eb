// SPDX-License-Identifier: MIT
// Owns how sure the networks must be before a face is repaired.
#pragma once

#include <ganface/occlusion.h>

namespace ganface::face {

struct Thresholds {
  double face;       ///< of a crop's being one, where a medical mask may hide most of it
  double surely;     ///< the same where the detector is not sure either
  double plainly;    ///< the same where anything else covers it
  double score;      ///< of the detector's being sure
  float sure;        ///< that a pixel is covered, for a hole to begin
  float stays;       ///< that one still is that was a frame ago
  int margin;        ///< pixels of the oval's edge in which no hole begins
  int least;         ///< pixels that are surely covered, for a hole to begin
  bool looks_twice;  ///< at two frames of a video, before it takes a face for covered
};

/// A video has time to wait for a better look; a photograph has not. Of 770 clean portraits 2 are
/// taken for covered with the normal figures, of 25 covered ones 16.
Thresholds thresholds_of(Caution caution, bool is_video);

}  // namespace ganface::face
