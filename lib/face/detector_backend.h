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

/// A facemask model. Throws Error(kModel).
std::unique_ptr<DetectorBackend> load_learned(const DetectorOptions& options,
                                              const std::string& model);

/// Name or path of the facemask model that the options ask for; empty when they ask for another
/// kind of detector.
std::string learned_model(const DetectorOptions& options);
/// Throws Error(kUsage) for values out of range.
void validate(const DetectorOptions& options);
/// Throws Error(kInput) unless the picture has as many channels as a detector needs.
void check_channels(const ImageView& picture, bool needs_color);

}  // namespace ganface::face
