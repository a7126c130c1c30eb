// SPDX-License-Identifier: MIT
// Owns upright boxes of whole pixels.
#pragma once

#include <ganface/image.h>

#include <algorithm>

namespace ganface {

/// Pixels of an image, up to before `right` and `bottom`.
struct PixelBox {
  int left = 0, top = 0, right = 0, bottom = 0;

  int width() const { return right - left; }
  int height() const { return bottom - top; }
  bool is_empty() const { return left >= right; }
};

/// The smallest box that holds all pixels of a mask that are set; an empty one, if none is.
inline PixelBox set_pixels(const Image& mask) {
  PixelBox box{mask.width, mask.height, 0, 0};
  for (int y = 0; y < mask.height; ++y) {
    const uint8_t* row = mask.row(y);
    const auto is_set = [](uint8_t pixel) { return pixel != 0; };
    const int first = static_cast<int>(std::find_if(row, row + mask.width, is_set) - row);
    if (first == mask.width) continue;
    int last = mask.width - 1;
    while (row[last] == 0) --last;
    box = {std::min(box.left, first), std::min(box.top, y), std::max(box.right, last + 1), y + 1};
  }
  return box;
}

}  // namespace ganface
