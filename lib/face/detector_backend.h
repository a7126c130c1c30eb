// SPDX-License-Identifier: MIT
// Owns what a way of finding faces looks like to FaceDetector.
#pragma once

#include <ganface/face_detector.h>

#include <memory>
#include <string>
#include <vector>

namespace ganface::face {

/// Finds faces in pictures of one kind.
class DetectorBackend {
 public:
  virtual ~DetectorBackend() = default;
  /// Whether pictures must be RGB; grey ones otherwise.
  virtual bool needs_color() const = 0;
  /// Faces in any order, at most a few hundred. OpenCV's exceptions pass.
  virtual std::vector<DetectedFace> find(const ImageView& picture) = 0;
};

/// A cascade classifier (.xml). Throws Error(kModel).
std::unique_ptr<DetectorBackend> load_cascade(const DetectorOptions& options,
                                              const std::string& file);
/// A YuNet network (.onnx). Throws Error(kModel).
std::unique_ptr<DetectorBackend> load_yunet(const DetectorOptions& options,
                                            const std::string& file);

}  // namespace ganface::face
