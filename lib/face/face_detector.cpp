// SPDX-License-Identifier: MIT
// Owns the finding of faces in a picture.
#include <ganface/error.h>
#include <ganface/face_detector.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

namespace ganface {
namespace {

constexpr char kDefaultCascade[] =
    "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml";
constexpr double kCropPerBox = 128 * 2.2 / 250;
constexpr double kScaleStep = 1.1;

// Overlapping detections that a face needs: 2 at threshold 0, 5 at 0.5, 8 at 1.
int neighbours(double threshold) { return 2 + static_cast<int>(std::lround(6 * threshold)); }

}  // namespace

struct FaceDetector::Implementation {
  DetectorOptions options;
  cv::CascadeClassifier cascade;
};

FaceDetector::FaceDetector(const DetectorOptions& options)
    : implementation_(std::make_unique<Implementation>()) {
  if (options.threshold < 0 || options.threshold > 1 || options.max_faces < 1 ||
      options.min_face_size < 8)
    throw Error(ErrorCode::kUsage,
                "detector options are out of range; expected threshold 0 to 1, max-faces 1 or "
                "more, min-face-size 8 or more");
  const std::string file = options.model.empty() ? kDefaultCascade : options.model;
  implementation_->options = options;
  bool loaded = false;
  try {
    loaded = std::filesystem::is_regular_file(file) && implementation_->cascade.load(file);
  } catch (const cv::Exception&) {
  }
  if (!loaded)
    throw Error(ErrorCode::kModel, "detector model '" + file +
                                       "' cannot be loaded; expected an OpenCV cascade (.xml). The "
                                       "default one comes with: apt-get install opencv-data");
}

FaceDetector::~FaceDetector() = default;
FaceDetector::FaceDetector(FaceDetector&&) noexcept = default;
FaceDetector& FaceDetector::operator=(FaceDetector&&) noexcept = default;

std::vector<DetectedFace> FaceDetector::detect(const ImageView& grey) {
  const DetectorOptions& options = implementation_->options;
  std::vector<cv::Rect> boxes;
  std::vector<int> levels;
  std::vector<double> weights;
  try {
    const cv::Mat picture(grey.height, grey.width, CV_8UC1, const_cast<uint8_t*>(grey.data),
                          static_cast<size_t>(grey.stride));
    cv::Mat equalised;
    cv::equalizeHist(picture, equalised);
    const int smallest = static_cast<int>(options.min_face_size / kCropPerBox);
    implementation_->cascade.detectMultiScale(equalised, boxes, levels, weights, kScaleStep,
                                              neighbours(options.threshold), 0,
                                              cv::Size(smallest, smallest), cv::Size(), true);
  } catch (const cv::Exception& cause) {
    throw Error(ErrorCode::kInternal, std::string("face detection failed: ") + cause.what());
  }
  std::vector<size_t> order(boxes.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return boxes[a].area() > boxes[b].area(); });
  std::vector<DetectedFace> faces;
  for (const size_t i : order) {
    if (static_cast<int>(faces.size()) == options.max_faces) break;
    const cv::Rect& box = boxes[i];
    const double side = box.width * kCropPerBox;
    DetectedFace face;
    face.transform = transform_of_box(box.x + box.width / 2.0 - side / 2,
                                      box.y + box.height / 2.0 - side / 2, side, side);
    face.score = 1 / (1 + std::exp(-weights[i]));
    faces.push_back(face);
  }
  return faces;
}

}  // namespace ganface
