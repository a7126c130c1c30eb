// SPDX-License-Identifier: MIT
// Owns the numbers of a frame's colour conversion.
#pragma once

#include <ganface/frame.h>

#include <cmath>

namespace ganface {

/// Colour conversion of one frame: Y'CbCr = offset + scale * (matrix of kr, kb) (BT.601, BT.709).
struct YuvScale {
  double luma_offset, luma_scale, chroma_scale;
  explicit YuvScale(const FrameFormat& frame)
      : luma_offset(frame.is_full_range ? 0 : 16),
        luma_scale(frame.is_full_range ? 1 : 219.0 / 255),
        chroma_scale(frame.is_full_range ? 1 : 224.0 / 255) {}
};

/// Y'CbCr to R'G'B' in 1/65536, from 8-bit samples.
struct IntegerMatrix {
  int luma, red_of_cr, green_of_cb, green_of_cr, blue_of_cb, luma_offset;

  explicit IntegerMatrix(const FrameFormat& frame) {
    const YuvScale scale(frame);
    const double kg = 1 - frame.kr - frame.kb, chroma = 65536 / scale.chroma_scale;
    luma = static_cast<int>(std::lround(65536 / scale.luma_scale));
    luma_offset = static_cast<int>(scale.luma_offset);
    red_of_cr = static_cast<int>(std::lround(chroma * 2 * (1 - frame.kr)));
    blue_of_cb = static_cast<int>(std::lround(chroma * 2 * (1 - frame.kb)));
    green_of_cb = static_cast<int>(std::lround(chroma * 2 * (1 - frame.kb) * frame.kb / kg));
    green_of_cr = static_cast<int>(std::lround(chroma * 2 * (1 - frame.kr) * frame.kr / kg));
  }
};

}  // namespace ganface
