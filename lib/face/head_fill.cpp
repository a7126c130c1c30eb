// SPDX-License-Identifier: MIT
// Owns the filling of what a hole covers beyond the canonical crop.
#include <ganface/classical_inpaint.h>
#include <ganface/head_fill.h>
#include <ganface/holes.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/face_network_sizes.h"

namespace ganface {
namespace {

constexpr int kSide = 192;  // pixels of the head crop that is filled; what lies there is smooth
constexpr int kEdge = 2;    // pixels around the hole that its edge may have touched
constexpr int kFewest = 8;  // pixels of a hole of kSide; fewer are its canonical part's edge

}  // namespace

CanonicalTransform head_of(const CanonicalTransform& transform) {
  CanonicalTransform head = transform;
  for (double& number : head) number /= nn::kHeadSpan;
  for (const size_t shift : {2, 5}) head[shift] += 0.5 - 0.5 / nn::kHeadSpan;
  return head;
}

bool reaches_beyond_crop(const Image& hole) {
  const double margin = (1 - 1 / nn::kHeadSpan) / 2 * hole.width;
  const int first = static_cast<int>(std::lround(margin)), last = hole.width - first;
  int64_t count = 0;
  for (int y = 0; y < hole.height; ++y)
    for (int x = 0; x < hole.width; ++x)
      if (x < first || y < first || x >= last || y >= last) count += hole.row(y)[x] != 0;
  return count * kSide * kSide > int64_t{kFewest} * hole.width * hole.height;
}

void fill_head(Frame& frame, const CanonicalTransform& transform, const Image& hole) {
  const CanonicalTransform head = head_of(transform);
  Image missing = resize(hole.view(), kSide, kSide);
  for (uint8_t& pixel : missing.pixels) pixel = pixel >= 128 ? 255 : 0;
  const Image filled = inpaint_telea(extract_crop(frame, head, kSide), dilate(missing, kEdge));
  composite_crop(frame, head, filled, missing);
}

}  // namespace ganface
