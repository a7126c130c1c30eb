// SPDX-License-Identifier: MIT
// Owns the classical inpainting that repairs are compared with.
#include <ganface/classical_inpaint.h>
#include <ganface/error.h>

#include <opencv2/core.hpp>
#include <opencv2/photo.hpp>

namespace ganface {

Image inpaint_telea(const Image& image, const Image& hole) {
  Image filled(image.width, image.height, 3);
  try {
    const cv::Mat source(image.height, image.width, CV_8UC3,
                         const_cast<uint8_t*>(image.pixels.data()));
    const cv::Mat mask(hole.height, hole.width, CV_8UC1, const_cast<uint8_t*>(hole.pixels.data()));
    cv::Mat result(filled.height, filled.width, CV_8UC3, filled.pixels.data());
    cv::inpaint(source, mask, result, 3, cv::INPAINT_TELEA);
  } catch (const cv::Exception& cause) {
    throw Error(ErrorCode::kInternal, std::string("Telea inpainting failed: ") + cause.what());
  }
  return filled;
}

}  // namespace ganface
