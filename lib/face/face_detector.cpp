// SPDX-License-Identifier: MIT
// Owns the finding of faces in a picture: which way, and which of the faces found.
#include <ganface/error.h>
#include <ganface/face_detector.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "face/detector_backend.h"
#include "face/translate.h"

namespace ganface {
namespace {

constexpr char kDefaultModel[] = "lfw-facemask";

// Frame pixels that the canonical crop covers.
double area(const DetectedFace& face) {
  const CanonicalTransform& t = face.transform;
  return 1 / std::abs(t[0] * t[4] - t[1] * t[3]);
}

}  // namespace

struct FaceDetector::Implementation {
  DetectorOptions options;
  std::unique_ptr<face::DetectorBackend> backend;
};

namespace face {

std::string learned_model(const DetectorOptions& options) {
  if (options.model.empty()) return kDefaultModel;
  const std::string extension = std::filesystem::path(options.model).extension();
  return extension == ".onnx" || extension == ".xml" ? std::string() : options.model;
}

void validate(const DetectorOptions& options) {
  const auto within = [](double value, double least, double most) {
    return value >= least && value <= most;
  };
  if (!within(options.threshold, 0, 1) || !within(options.max_faces, 1, 1000) ||
      !within(options.min_face_size, 8, 8192))
    throw Error(ErrorCode::kUsage, "a face detector got threshold " +
                                       std::to_string(options.threshold) + ", max-faces " +
                                       std::to_string(options.max_faces) + ", min-face-size " +
                                       std::to_string(options.min_face_size) +
                                       "; expected 0 to 1, 1 to 1000, 8 to 8192");
}

}  // namespace face

FaceDetector::FaceDetector(const DetectorOptions& options)
    : implementation_(std::make_unique<Implementation>()) {
  face::validate(options);
  implementation_->options = options;
  const std::string learned = face::learned_model(options);
  if (!learned.empty())
    implementation_->backend = face::load_learned(options, learned);
  else
    implementation_->backend = std::filesystem::path(options.model).extension() == ".onnx"
                                   ? face::load_yunet(options, options.model)
                                   : face::load_cascade(options, options.model);
}

FaceDetector::~FaceDetector() = default;
FaceDetector::FaceDetector(FaceDetector&&) noexcept = default;
FaceDetector& FaceDetector::operator=(FaceDetector&&) noexcept = default;

std::vector<DetectedFace> FaceDetector::detect(const FrameView& frame) {
  std::vector<DetectedFace> faces = face::translated("face detection", [&] {
    const face::Picture picture(frame);
    std::vector<DetectedFace> found = implementation_->backend->find(picture);
    for (DetectedFace& face : found) face.transform = picture.to_frame(face.transform);
    return found;
  });
  std::stable_sort(faces.begin(), faces.end(),
                   [](const DetectedFace& a, const DetectedFace& b) { return area(a) > area(b); });
  if (faces.size() > static_cast<size_t>(implementation_->options.max_faces))
    faces.resize(static_cast<size_t>(implementation_->options.max_faces));
  return faces;
}

}  // namespace ganface
