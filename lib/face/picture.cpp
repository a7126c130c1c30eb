// SPDX-License-Identifier: MIT
// Owns the cutting of squares out of a picture at any size and tilt.
#include "face/picture.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace ganface::face {

Picture::Picture(const ImageView& rgb)
    : levels_{cv::Mat(rgb.height, rgb.width, CV_8UC3, const_cast<uint8_t*>(rgb.data),
                      static_cast<size_t>(rgb.stride))} {}

const cv::Mat& Picture::halved(int halvings) {
  while (static_cast<int>(levels_.size()) <= halvings) {
    const cv::Mat& last = levels_.back();
    cv::Mat next;
    cv::resize(last, next, cv::Size((last.cols + 1) / 2, (last.rows + 1) / 2), 0, 0,
               cv::INTER_AREA);
    levels_.push_back(next);
  }
  return levels_[static_cast<size_t>(halvings)];
}

Image Picture::cut(const CanonicalTransform& transform, double span, int size) {
  const FoundSquare square = square_of_transform(transform);
  const double step = square.side() * span / size;  // pixels of the picture to one of the result
  constexpr int kMostHalvings = 5;
  int halvings = std::clamp(static_cast<int>(std::floor(std::log2(std::max(step, 1e-3)) + 0.35)), 0,
                            kMostHalvings);
  // OpenCV cuts out of no larger ones.
  while (std::max(halved(halvings).cols, halved(halvings).rows) >= SHRT_MAX) ++halvings;
  const cv::Mat& level = halved(halvings);
  const double share_x = double(level.cols) / levels_[0].cols;
  const double share_y = double(level.rows) / levels_[0].rows;
  // A pixel's centre is at + 0.5 here and at + 0 in OpenCV.
  const double a = square.edge_x * span / size, b = square.edge_y * span / size;
  const double middle = size / 2.0 - 0.5;
  const cv::Matx23d map(share_x * a, share_x * -b,
                        share_x * (square.x - a * middle + b * middle) - 0.5, share_y * b,
                        share_y * a, share_y * (square.y - b * middle - a * middle) - 0.5);
  Image result(size, size, 3);
  cv::Mat target(size, size, CV_8UC3, result.pixels.data());
  cv::warpAffine(level, target, map, target.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  return result;
}

ImageView view_of(const cv::Mat& image) {
  return {image.data, image.cols, image.rows, image.channels(),
          static_cast<ptrdiff_t>(image.step[0])};
}

}  // namespace ganface::face
