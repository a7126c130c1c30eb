// SPDX-License-Identifier: MIT
// Owns what a way of finding faces looks like to FaceDetector.
#pragma once

#include <ganface/face_detector.h>

#include <memory>
#include <string>
#include <vector>

#include "face/picture.h"

namespace ganface::face {

/// A way of finding faces.
class DetectorBackend {
 public:
  virtual ~DetectorBackend() = default;
  /// Faces in any order, at most a few hundred, in pixels of the picture. OpenCV's exceptions pass.
  virtual std::vector<DetectedFace> find(const Picture& picture) = 0;
};

/// A cascade classifier (.xml). Throws Error(kModel).
std::unique_ptr<DetectorBackend> load_cascade(const DetectorOptions& options,
                                              const std::string& file);
/// A YuNet network (.onnx). Throws Error(kModel).
std::unique_ptr<DetectorBackend> load_yunet(const DetectorOptions& options,
                                            const std::string& file);

/// A facemask model. Throws Error(kModel).
std::unique_ptr<DetectorBackend> load_learned(const DetectorOptions& options,
                                              const std::string& model);

/// Name or path of the facemask model that the options ask for; empty when they ask for another
/// kind of detector.
std::string learned_model(const DetectorOptions& options);
/// Throws Error(kUsage) for values out of range.
void validate(const DetectorOptions& options);

}  // namespace ganface::face
