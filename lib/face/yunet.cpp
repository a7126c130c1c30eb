// SPDX-License-Identifier: MIT
// Owns the finding of faces with a YuNet network.
#include <ganface/error.h>

#include <cmath>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "face/detector_backend.h"

namespace ganface::face {
namespace {

constexpr float kOverlap = 0.3f;  // of boxes, above which the surer one is kept
constexpr int kMostBoxes = 5000;  // before overlapping ones are dropped
// Columns of a found face (cv::FaceDetectorYN): box, five points, score.
constexpr int kRightEye = 4, kLeftEye = 6, kScore = 14;
// Where the eyes stand in the canonical crop: medians of OpenCV's eye cascade over LFW photographs.
constexpr double kEyeLeft = 0.328, kEyeRight = 0.652, kEyeHeight = 0.400;

// The similarity under which the eyes stand where they do in the canonical crop. The person's right
// eye is the left one of the picture.
CanonicalTransform transform_of_eyes(double x0, double y0, double x1, double y1) {
  const double dx = x1 - x0, dy = y1 - y0, squared = dx * dx + dy * dy;
  const double a = (kEyeRight - kEyeLeft) * dx / squared;
  const double b = (kEyeRight - kEyeLeft) * dy / squared;
  return {a, b, kEyeLeft - a * x0 - b * y0, -b, a, kEyeHeight + b * x0 - a * y0};
}

class Yunet : public DetectorBackend {
 public:
  Yunet(const DetectorOptions& options, const std::string& file) : options_(options) {
    try {
      if (std::filesystem::is_regular_file(file))
        detector_ =
            cv::FaceDetectorYN::create(file, "", cv::Size(320, 320),
                                       static_cast<float>(options.threshold), kOverlap, kMostBoxes);
      // A network of another layout is only seen when it is run.
      cv::Mat rows;
      if (detector_ != nullptr) detector_->detect(cv::Mat(320, 320, CV_8UC3, cv::Scalar()), rows);
    } catch (const cv::Exception&) {
      detector_ = nullptr;
    }
    if (detector_ == nullptr)
      throw Error(ErrorCode::kModel,
                  "detector model '" + file +
                      "' cannot be loaded; expected a YuNet network (.onnx) that FaceDetectorYN of "
                      "OpenCV " CV_VERSION " reads: of 2023 from 4.8 on, of 2022 before");
  }

  std::vector<DetectedFace> find(const Picture& picture) override {
    Image rgb = picture.rgb();
    const cv::Mat pixels(rgb.height, rgb.width, CV_8UC3, rgb.pixels.data());
    cv::cvtColor(pixels, bgr_, cv::COLOR_RGB2BGR);
    detector_->setInputSize(bgr_.size());
    cv::Mat rows;
    detector_->detect(bgr_, rows);
    std::vector<DetectedFace> faces;
    for (int i = 0; i < rows.rows; ++i) {
      const float* row = rows.ptr<float>(i);
      const CanonicalTransform transform =
          transform_of_eyes(row[kRightEye], row[kRightEye + 1], row[kLeftEye], row[kLeftEye + 1]);
      const double side = 1 / std::hypot(transform[0], transform[1]);
      if (std::isfinite(side) && side >= options_.min_face_size)
        faces.push_back({transform, row[kScore]});
    }
    return faces;
  }

 private:
  const DetectorOptions options_;
  cv::Ptr<cv::FaceDetectorYN> detector_;
  cv::Mat bgr_;
};

}  // namespace

std::unique_ptr<DetectorBackend> load_yunet(const DetectorOptions& options,
                                            const std::string& file) {
  return std::make_unique<Yunet>(options, file);
}

}  // namespace ganface::face
