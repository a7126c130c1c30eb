// SPDX-License-Identifier: MIT
// Owns masks of a head crop: how they are made of what the segmenter saw, and their parts.
#pragma once

#include <ganface/occlusion.h>

#include <opencv2/core.hpp>
#include <vector>

namespace ganface::face {

/// Side of a mask, pixels, and how many it has.
constexpr int kMaskSide = OcclusionSegmenter::kSize;
constexpr size_t kMaskPixels = size_t{kMaskSide} * kMaskSide;

constexpr OccluderKinds kAllKinds = (1u << kOccluderKindCount) - 1;
/// Of 255: of the oval, and of what covers it.
constexpr uint8_t kInside = 128, kCovers = 128;
/// Share from which a pixel is perhaps covered.
constexpr float kPerhaps = 0.3f;

/// How surely something of these kinds covers a pixel, 0 to 255.
int covered_share(const HeadSegmentation& head, size_t pixel, OccluderKinds kinds);
/// The same of all pixels.
std::vector<uint16_t> covered_shares(const HeadSegmentation& head, OccluderKinds kinds);

/// A mask of the pixels for which is_set(i) holds. What it reads is best reached by pointers: a
/// byte that is written might be any of an image's fields, which would be read again for each.
template <typename IsSet>
Image mask_where(IsSet is_set) {
  Image mask(kMaskSide, kMaskSide, 1);
  uint8_t* pixels = mask.pixels.data();
  for (size_t i = 0; i < kMaskPixels; ++i) pixels[i] = is_set(i) ? 255 : 0;
  return mask;
}

/// The parts of a mask that hang together.
struct MaskParts {
  cv::Mat labels;
  size_t count;  ///< with what is in none, which is number 0

  explicit MaskParts(const Image& mask);
  /// The number of the part of each pixel.
  const int* numbers() const { return labels.ptr<int>(); }
  size_t at(size_t i) const { return static_cast<size_t>(numbers()[i]); }
};

}  // namespace ganface::face
