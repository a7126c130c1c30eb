// SPDX-License-Identifier: MIT
// Owns the following of faces through a video.
#pragma once

#include <ganface/api.h>
#include <ganface/face_detector.h>

#include <memory>
#include <vector>

namespace ganface {

/// A face that is followed from frame to frame.
struct TrackedFace {
  unsigned id = 0;  ///< the same as long as the face is followed; never used again
  CanonicalTransform transform;
  double score = 0;  ///< 0 to 1
  /// Of a photograph that shows no surer one (DetectorOptions::lone_face), and below the threshold.
  bool is_unconfirmed = false;
};

/// Follows faces through a video, frame by frame, causally: a face keeps its id while something
/// passes in front of it, a still head has a still crop, and a moving one has no lag. At a cut
/// all faces are forgotten.
class GANFACE_API FaceTracker {
 public:
  /// Throws as FaceDetector.
  explicit FaceTracker(const DetectorOptions& options);
  ~FaceTracker();
  FaceTracker(FaceTracker&&) noexcept;
  FaceTracker& operator=(FaceTracker&&) noexcept;

  /// Does what networks need to do once for pictures of this size (pixels), so that the first frame
  /// takes no longer than the others.
  void warm_up(int width, int height);

  /// Faces of the next frame, largest first. Every `interval` frames the picture is searched for
  /// faces; in between, known ones are followed (by the default model's aligner) or taken to stay
  /// where they are (with other detectors). The default model also searches the first frame and
  /// after a cut, as long as no face is known, and as long as it is uncertain whether one is there.
  /// While faces are known it searches in a thread of its own, and what it finds in a frame counts
  /// from the next on.
  /// With an interval of 1 all of a picture is searched in each frame; otherwise, of a large
  /// picture, one of several tiles for faces that are small in it, but in the first frame. Throws
  /// as FaceDetector::detect().
  std::vector<TrackedFace> track(const FrameView& frame, unsigned interval = 1);

  /// The next frame has nothing to do with the last. In a photograph a doubtful face is better than
  /// none; when it is the first of a video, the face can wait for the next frame.
  void reset(bool is_video = false);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ganface
