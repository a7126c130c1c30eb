// SPDX-License-Identifier: MIT
// Owns a judgement of LFW's alignment that knows nothing of the project's networks.
#include "eyes.h"

#include <ganface/error.h>

#include <algorithm>
#include <complex>
#include <opencv2/imgproc.hpp>

namespace ganface::bench {
namespace {

using Point = std::complex<double>;

constexpr char kCascades[] = "/usr/share/opencv4/haarcascades/haarcascade_";
// Medians of the validation photographs: between the eyes, and from one to the other, pixels.
constexpr Point kMiddle{124.75, 112.75}, kBetween{42.25, -0.75};
constexpr Point kPhotographMiddle{125, 125};
constexpr double kSide = 128;        // of the canonical square in the photograph
constexpr double kUpperPart = 0.62;  // of a face, with the eyes in it

cv::CascadeClassifier cascade(const std::string& name) {
  const std::string file = kCascades + name + ".xml";
  cv::CascadeClassifier classifier;
  if (!classifier.load(file))
    throw Error(ErrorCode::kModel, "'" + file + "' cannot be read; install opencv-data");
  return classifier;
}

Point middle_of(const cv::Rect& box) { return {box.x + box.width / 2.0, box.y + box.height / 2.0}; }

}  // namespace

EyeFinder::EyeFinder()
    : face_(cascade("frontalface_alt2")), eyes_{cascade("eye_tree_eyeglasses"), cascade("eye")} {}

std::optional<double> EyeFinder::misalignment(const Image& photograph) {
  cv::Mat grey;
  cv::cvtColor(cv::Mat(photograph.height, photograph.width, CV_8UC3,
                       const_cast<uint8_t*>(photograph.pixels.data())),
               grey, cv::COLOR_RGB2GRAY);
  std::vector<cv::Rect> faces;
  face_.detectMultiScale(grey, faces, 1.05, 3, 0, {50, 50});
  const auto face = std::min_element(faces.begin(), faces.end(), [](const auto& a, const auto& b) {
    return std::abs(middle_of(a) - kPhotographMiddle) < std::abs(middle_of(b) - kPhotographMiddle);
  });
  if (face == faces.end()) return {};
  cv::Mat upper;
  cv::resize(grey({face->x, face->y, face->width, static_cast<int>(kUpperPart * face->height)}),
             upper, {}, 2, 2);
  for (cv::CascadeClassifier& eyes : eyes_) {
    std::vector<cv::Rect> found;
    eyes.detectMultiScale(upper, found, 1.05, 4, 0, {20, 20});
    if (found.size() != 2) continue;
    if (found[0].x > found[1].x) std::swap(found[0], found[1]);
    const auto in_photograph = [&](const cv::Rect& eye) {
      return Point(face->x, face->y) + middle_of(eye) / 2.0;
    };
    const Point left = in_photograph(found[0]), right = in_photograph(found[1]);
    const double face_middle = face->x + face->width / 2.0;
    if (left.real() >= face_middle || right.real() < face_middle) continue;
    const Point turn = (right - left) / kBetween;
    double sum = 0;
    for (const Point& corner : {Point(-1, -1), {1, -1}, {1, 1}, {-1, 1}}) {
      const Point usual = kPhotographMiddle + corner * (kSide / 2);
      sum += std::abs((left + right) / 2.0 + turn * (usual - kMiddle) - usual);
    }
    return sum / 4 / kSide;
  }
  return {};
}

}  // namespace ganface::bench
