// SPDX-License-Identifier: MIT
// Owns masks of a head crop: how they are made of what the segmenter saw, and their parts.
#include "face/head_masks.h"

#include <opencv2/imgproc.hpp>

namespace ganface::face {

int covered_share(const HeadSegmentation& head, size_t pixel, OccluderKinds kinds) {
  int sum = 0;
  for (size_t k = 0; k < head.kinds.size(); ++k)
    if ((kinds & bit_of(static_cast<OccluderKind>(k))) != 0) sum += head.kinds[k].pixels[pixel];
  return sum;
}

std::vector<uint16_t> covered_shares(const HeadSegmentation& head, OccluderKinds kinds) {
  std::vector<uint16_t> all(kMaskPixels);
  uint16_t* sums = all.data();
  for (size_t k = 0; k < head.kinds.size(); ++k) {
    if ((kinds & bit_of(static_cast<OccluderKind>(k))) == 0) continue;
    const uint8_t* shares = head.kinds[k].pixels.data();
    for (size_t i = 0; i < kMaskPixels; ++i) sums[i] = static_cast<uint16_t>(sums[i] + shares[i]);
  }
  return all;
}

MaskParts::MaskParts(const Image& mask) {
  const cv::Mat pixels(mask.height, mask.width, CV_8UC1, const_cast<uint8_t*>(mask.pixels.data()));
  count = static_cast<size_t>(cv::connectedComponents(pixels, labels, 8));
}

}  // namespace ganface::face
