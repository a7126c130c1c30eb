// SPDX-License-Identifier: MIT
// Owns the finding of faces with a cascade classifier.
#include <ganface/error.h>

#include <cmath>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "face/detector_backend.h"

namespace ganface::face {
namespace {

constexpr double kCropPerBox = 128 * 2.2 / 250;
constexpr double kScaleStep = 1.1;

// Overlapping detections that a face needs: 2 at threshold 0, 5 at 0.5, 8 at 1.
int neighbours(double threshold) { return 2 + static_cast<int>(std::lround(6 * threshold)); }

class Cascade : public DetectorBackend {
 public:
  Cascade(const DetectorOptions& options, const std::string& file)
      : neighbours_(neighbours(options.threshold)),
        smallest_(static_cast<int>(options.min_face_size / kCropPerBox)) {
    bool loaded = false;
    try {
      loaded = std::filesystem::is_regular_file(file) && cascade_.load(file);
    } catch (const cv::Exception&) {
    }
    if (!loaded)
      throw Error(ErrorCode::kModel,
                  "detector model '" + file +
                      "' cannot be loaded; expected an OpenCV cascade (.xml) or a YuNet network "
                      "(.onnx). OpenCV's cascades come with: apt-get install opencv-data");
  }

  std::vector<DetectedFace> find(const Picture& picture) override {
    Image grey = picture.grey();
    const cv::Mat pixels(grey.height, grey.width, CV_8UC1, grey.pixels.data());
    cv::equalizeHist(pixels, equalised_);
    std::vector<cv::Rect> boxes;
    std::vector<int> levels;
    std::vector<double> weights;
    cascade_.detectMultiScale(equalised_, boxes, levels, weights, kScaleStep, neighbours_, 0,
                              cv::Size(smallest_, smallest_), cv::Size(), true);
    std::vector<DetectedFace> faces;
    for (size_t i = 0; i < boxes.size(); ++i) {
      const cv::Rect& box = boxes[i];
      const double side = box.width * kCropPerBox;
      faces.push_back({transform_of_box(box.x + box.width / 2.0 - side / 2,
                                        box.y + box.height / 2.0 - side / 2, side, side),
                       1 / (1 + std::exp(-weights[i]))});
    }
    return faces;
  }

 private:
  const int neighbours_, smallest_;
  cv::CascadeClassifier cascade_;
  cv::Mat equalised_;
};

}  // namespace

std::unique_ptr<DetectorBackend> load_cascade(const DetectorOptions& options,
                                              const std::string& file) {
  return std::make_unique<Cascade>(options, file);
}

}  // namespace ganface::face
