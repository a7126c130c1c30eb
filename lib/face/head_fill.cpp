// SPDX-License-Identifier: MIT
// Owns the filling of what a hole covers beyond the canonical crop.
#include <ganface/classical_inpaint.h>
#include <ganface/head_fill.h>
#include <ganface/holes.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "image/pixel_box.h"
#include "models/face_network_sizes.h"

namespace ganface {
namespace {

constexpr int kSide = 192;  // pixels of the head crop that is filled; what lies there is smooth
constexpr int kEdge = 2;    // pixels around the hole that its edge may have touched
constexpr int kAround = 6;  // pixels around the hole that it is filled from
constexpr int kFewest = 8;  // pixels of a hole of kSide; fewer are its canonical part's edge

// What of a hole is set, and what lies around it.
PixelBox box_around(const Image& hole) {
  const PixelBox box = set_pixels(hole);
  if (box.is_empty()) return box;
  return {std::max(box.left - kAround, 0), std::max(box.top - kAround, 0),
          std::min(box.right + kAround, hole.width), std::min(box.bottom + kAround, hole.height)};
}

// The transform to a part of a square of `side` pixels, from that to the square.
CanonicalTransform part_of(const CanonicalTransform& square, const PixelBox& box, int side) {
  CanonicalTransform part = square;
  const double across = static_cast<double>(side) / box.width();
  const double down = static_cast<double>(side) / box.height();
  for (const size_t i : {0, 1, 2}) part[i] *= across;
  for (const size_t i : {3, 4, 5}) part[i] *= down;
  part[2] -= static_cast<double>(box.left) / box.width();
  part[5] -= static_cast<double>(box.top) / box.height();
  return part;
}

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

HeadFill filled_head(const FrameView& frame, const CanonicalTransform& transform,
                     const Image& hole) {
  Image missing = resize(hole.view(), kSide, kSide);
  for (uint8_t& pixel : missing.pixels) pixel = pixel >= 128 ? 255 : 0;
  const PixelBox box = box_around(missing);
  HeadFill fill;
  if (box.is_empty()) return fill;
  fill.part = part_of(head_of(transform), box, kSide);
  fill.hole = crop(missing.view(), box.left, box.top, box.width(), box.height());
  const Image shown = extract_crop(frame, fill.part, box.width(), box.height());
  fill.pixels = inpaint_telea(shown, dilate(fill.hole, kEdge));
  return fill;
}

void paint_head(Frame& frame, const HeadFill& fill) {
  if (!fill.pixels.empty()) composite_crop(frame, fill.part, fill.pixels, fill.hole);
}

}  // namespace ganface
