// SPDX-License-Identifier: MIT
// Owns the telling of a cut from motion in a video.
#include "face/cut_detector.h"

#include <cmath>

namespace ganface::face {
namespace {

constexpr int kPixels = 768;  // of the copy
constexpr double kCut = 42;   // mean difference of grey levels from a frame to the next

double grey(const uint8_t* rgb) { return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]; }

}  // namespace

bool CutDetector::is_cut(const Picture& picture) {
  const Image small = picture.sketch(kPixels);
  bool cut = false;
  if (last_.pixels.size() == small.pixels.size()) {
    double difference = 0;
    for (size_t i = 0; i < small.pixels.size(); i += 3)
      difference += std::abs(grey(&small.pixels[i]) - grey(&last_.pixels[i]));
    cut = difference > kCut * static_cast<double>(small.pixels.size() / 3);
  }
  last_ = small;
  return cut;
}

}  // namespace ganface::face
