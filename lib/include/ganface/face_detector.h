// SPDX-License-Identifier: MIT
// Owns the finding of faces in a picture.
#pragma once

#include <ganface/api.h>
#include <ganface/frame.h>

#include <memory>
#include <string>
#include <vector>

namespace ganface {

/// Which faces to look for.
struct DetectorOptions {
  /// OpenCV cascade (.xml), YuNet network (.onnx), or name or path of a facemask model; empty =
  /// lfw-facemask.
  std::string model;
  double threshold = 0.6;  ///< 0 to 1: higher finds fewer and surer faces
  int max_faces = 16;      ///< the largest ones are kept; 1 to 1000
  int min_face_size = 32;  ///< side of the canonical crop in pixels; 8 to 8192
  /// Of a photograph without a face that is sure enough, FaceTracker gives the surest one from
  /// three quarters of the threshold, for a caller that judges it further: what fills the picture,
  /// or is mostly covered.
  bool lone_face = false;
};

/// A face found in a picture.
struct DetectedFace {
  CanonicalTransform transform;
  double score = 0;  ///< 0 to 1
};

/// Finds faces turned by up to 50 degrees, also half covered ones, with the networks of a facemask
/// model; upright frontal faces with a cascade classifier; or faces of any tilt with a YuNet
/// network (Wu, Peng, Yu, Machine Intelligence Research 20, 2023), whose eyes fix the canonical
/// crop. Cascades: Viola, Jones, CVPR 2001; Lienhart, Maydt, ICIP 2002, as implemented and trained
/// in OpenCV. LFW was
/// collected with such a detector (Huang et al. 2007): its 250 px photographs are 2.2 times the
/// detected box, which fixes the canonical crop as the box enlarged 1.127 times about its centre.
class GANFACE_API FaceDetector {
 public:
  /// Throws Error(kModel) when the model is missing or damaged, Error(kUsage) for options.
  explicit FaceDetector(const DetectorOptions& options);
  ~FaceDetector();
  FaceDetector(FaceDetector&&) noexcept;
  FaceDetector& operator=(FaceDetector&&) noexcept;

  /// Faces of a frame, largest first; frame_of() makes one of an image.
  std::vector<DetectedFace> detect(const FrameView& frame);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ganface
