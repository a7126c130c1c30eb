// SPDX-License-Identifier: MIT
// Owns the following of faces through a video.
#pragma once

#include <ganface/face_detector.h>

#include <memory>
#include <vector>

namespace ganface {

/// A face that is followed from frame to frame.
struct TrackedFace {
  unsigned id = 0;  ///< the same as long as the face is followed; never used again
  CanonicalTransform transform;
  double score = 0;  ///< 0 to 1
};

/// Follows faces through a video, frame by frame, causally: a face keeps its id while something
/// passes in front of it, a still head has a still crop, and a moving one has no lag. At a cut
/// all faces are forgotten.
class FaceTracker {
 public:
  /// Throws as FaceDetector.
  explicit FaceTracker(const DetectorOptions& options);
  ~FaceTracker();
  FaceTracker(FaceTracker&&) noexcept;
  FaceTracker& operator=(FaceTracker&&) noexcept;

  /// Whether pictures must be RGB; grey ones otherwise.
  bool needs_color() const;

  /// Does what networks need to do once for pictures of this size (pixels), so that the first frame
  /// takes no longer than the others.
  void warm_up(int width, int height);

  /// Faces of the next frame, largest first. With `look` the whole picture is searched for faces;
  /// without, known faces are followed (by the default model's aligner) or taken to stay where they
  /// are (with other detectors). Throws as FaceDetector::detect().
  std::vector<TrackedFace> track(const ImageView& picture, bool look = true);

  /// The next frame has nothing to do with the last. In a photograph a doubtful face is better than
  /// none; when it is the first of a video, the face can wait for the next frame.
  void reset(bool is_video = false);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ganface
