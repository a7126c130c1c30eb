// SPDX-License-Identifier: MIT
// Owns a judgement of LFW's alignment that knows nothing of the project's networks.
#pragma once

#include <ganface/image.h>

#include <array>
#include <opencv2/objdetect.hpp>
#include <optional>

namespace ganface::bench {

/// Finds eyes in LFW's deep-funneled photographs with OpenCV's cascades.
class EyeFinder {
 public:
  EyeFinder();

  /// How far a photograph (RGB, 250 x 250) is from being aligned as most of LFW is: the mean
  /// distance of the canonical square's corners from where its eyes say they are, in sides of the
  /// square. Nothing where the cascades do not see two eyes.
  std::optional<double> misalignment(const Image& photograph);

 private:
  cv::CascadeClassifier face_;
  std::array<cv::CascadeClassifier, 2> eyes_;
};

}  // namespace ganface::bench
