// SPDX-License-Identifier: MIT
// Owns the colour of a frame's samples.
#pragma once

#include <ganface/frame.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "image/yuv.h"

namespace ganface {

/// R'G'B', or the three components of a frame, 0 to 255.
using Colour = std::array<float, 3>;

inline uint8_t clamp_byte(float value) {
  return static_cast<uint8_t>(std::clamp(value + 0.5f, 0.f, 255.f));
}

/// A frame's components to R'G'B' and back: nothing to do unless it is Y'CbCr.
class ColourMap {
 public:
  explicit ColourMap(const FrameFormat& frame)
      : is_yuv_(frame.is_yuv),
        kr_(static_cast<float>(frame.kr)),
        kb_(static_cast<float>(frame.kb)) {
    const YuvScale scale(frame);
    luma_offset_ = static_cast<float>(scale.luma_offset);
    luma_scale_ = static_cast<float>(scale.luma_scale);
    cb_scale_ = static_cast<float>(scale.chroma_scale / (2 * (1 - frame.kb)));
    cr_scale_ = static_cast<float>(scale.chroma_scale / (2 * (1 - frame.kr)));
    of_luma_ = 1 / luma_scale_;
    of_cb_ = 1 / cb_scale_;
    of_cr_ = 1 / cr_scale_;
    of_green_ = 1 / (1 - kr_ - kb_);
  }
  Colour components(const Colour& rgb) const {
    if (!is_yuv_) return rgb;
    const float y = kr_ * rgb[0] + (1 - kr_ - kb_) * rgb[1] + kb_ * rgb[2];
    return {luma_offset_ + luma_scale_ * y, 128 + cb_scale_ * (rgb[2] - y),
            128 + cr_scale_ * (rgb[0] - y)};
  }
  Colour rgb(const Colour& components) const {
    if (!is_yuv_) return components;
    const float y = (components[0] - luma_offset_) * of_luma_;
    const float blue = y + (components[1] - 128) * of_cb_;
    const float red = y + (components[2] - 128) * of_cr_;
    return {red, (y - kr_ * red - kb_ * blue) * of_green_, blue};
  }

 private:
  bool is_yuv_;
  float kr_, kb_, luma_offset_, luma_scale_, cb_scale_, cr_scale_;
  float of_luma_ = 1, of_cb_ = 1, of_cr_ = 1, of_green_ = 1;  // what it takes back
};

}  // namespace ganface
