// SPDX-License-Identifier: MIT
// Owns the classical inpainting that repairs are compared with.
#include <ganface/classical_inpaint.h>
#include <ganface/error.h>

#include <opencv2/core.hpp>
#include <opencv2/photo.hpp>

namespace ganface {
namespace {

constexpr double kRadius = 3;  // pixels around each that it is computed from

Image fill(const Image& image, const Image& hole, int algorithm) {
  Image filled(image.width, image.height, 3);
  try {
    const cv::Mat source(image.height, image.width, CV_8UC3,
                         const_cast<uint8_t*>(image.pixels.data()));
    const cv::Mat mask(hole.height, hole.width, CV_8UC1, const_cast<uint8_t*>(hole.pixels.data()));
    cv::Mat result(filled.height, filled.width, CV_8UC3, filled.pixels.data());
    cv::inpaint(source, mask, result, kRadius, algorithm);
  } catch (const cv::Exception& cause) {
    throw Error(ErrorCode::kInternal, std::string("classical inpainting failed: ") + cause.what());
  }
  return filled;
}

}  // namespace

Image inpaint_telea(const Image& image, const Image& hole) {
  return fill(image, hole, cv::INPAINT_TELEA);
}

Image inpaint_navier_stokes(const Image& image, const Image& hole) {
  return fill(image, hole, cv::INPAINT_NS);
}

}  // namespace ganface
