// SPDX-License-Identifier: MIT
// Owns what a face's outline tells: whether there is a face, and where its upper half ends.
#include "face/face_outline.h"

#include <algorithm>
#include <cmath>

#include "face/head_masks.h"
#include "models/face_network_sizes.h"

namespace ganface::face {
namespace {

constexpr double kCanonicalSide = kMaskSide / nn::kHeadSpan;  // pixels
constexpr double kLeastOval = 0.3, kMostOval = 1.35;          // of the canonical crop's area
constexpr double kFarOval = 0.2;  // canonical sides from the crop's middle to the oval's
// An outline that the network is not sure of, beside what covers it, is a profile's or no face's.
constexpr uint8_t kSurelyOutside = 25, kSurelyInside = 230;  // of 255
constexpr double kMostVague = 0.55;                          // of the oval's area
constexpr double kMostCovered = 0.38;  // of the upper half: 19 in 20 people with masks

}  // namespace

bool is_outline_of_face(const HeadSegmentation& head) {
  double area = 0, vague = 0, x_sum = 0, y_sum = 0;
  for (int y = 0; y < kMaskSide; ++y)
    for (int x = 0; x < kMaskSide; ++x) {
      const uint8_t oval = head.oval.row(y)[x];
      const auto i = static_cast<size_t>(y) * kMaskSide + static_cast<size_t>(x);
      if (oval > kSurelyOutside && oval < kSurelyInside)
        vague += covered_share(head, i, kAllKinds) < 255 * kPerhaps;
      if (oval < kInside) continue;
      ++area;
      x_sum += x + 0.5;
      y_sum += y + 0.5;
    }
  const double share = area / (kCanonicalSide * kCanonicalSide);
  if (share < kLeastOval || share > kMostOval || vague > kMostVague * area) return false;
  return std::hypot(x_sum / area - kMaskSide / 2.0, y_sum / area - kMaskSide / 2.0) <
         kFarOval * kCanonicalSide;
}

int middle_row(const Image& outline) {
  int first = kMaskSide, last = 0;
  for (int y = 0; y < kMaskSide; ++y) {
    const uint8_t* row = outline.row(y);
    if (std::none_of(row, row + kMaskSide, [](uint8_t pixel) { return pixel >= kInside; }))
      continue;
    first = std::min(first, y);
    last = y;
  }
  return (first + last + 1) / 2;
}

bool shows_eyes(const Image& hole, const Image& outline) {
  int all = 0, covered = 0;
  const int middle = middle_row(outline);
  for (int y = 0; y < middle; ++y)
    for (int x = 0; x < kMaskSide; ++x) {
      if (outline.row(y)[x] < kInside) continue;
      ++all;
      covered += hole.row(y)[x] != 0;
    }
  return covered <= kMostCovered * all;
}

}  // namespace ganface::face
