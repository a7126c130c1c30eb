// SPDX-License-Identifier: MIT
// Owns the cutting of squares out of a picture at any size and tilt.
#pragma once

#include <ganface/frame.h>

#include <opencv2/core.hpp>
#include <vector>

#include "face/found_square.h"

namespace ganface::face {

/// An RGB picture with halved copies, made when asked for. The picture must outlive the object.
class Picture {
 public:
  explicit Picture(const ImageView& rgb);

  /// The picture with both sides divided by 2^`halvings`, rounded up.
  const cv::Mat& halved(int halvings);
  /// The square around a canonical square, `span` times as large, as size x size pixels; beyond
  /// the picture its border is repeated.
  Image cut(const CanonicalTransform& transform, double span, int size);

 private:
  std::vector<cv::Mat> levels_;
};

/// A view of an OpenCV image.
ImageView view_of(const cv::Mat& image);

}  // namespace ganface::face
