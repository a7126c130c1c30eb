// SPDX-License-Identifier: MIT
// Owns a frame's formats: views of frames and images, and a frame as an image.
#include <ganface/error.h>
#include <ganface/frame.h>

#include <algorithm>
#include <string>

#include "image/yuv.h"

namespace ganface {
namespace {

uint8_t rounded_byte(int value) {
  return static_cast<uint8_t>(std::clamp((value + 32768) >> 16, 0, 255));
}

}  // namespace

Frame::operator FrameView() const {
  FrameView view;
  static_cast<FrameFormat&>(view) = *this;
  for (size_t c = 0; c < 3; ++c)
    view.components[c] = {components[c].data, components[c].stride, components[c].pixel_stride};
  view.alpha = {alpha.data, alpha.stride, alpha.pixel_stride};
  return view;
}

FrameView frame_of(const ImageView& image) {
  if (image.channels != 1 && image.channels != 3)
    throw Error(ErrorCode::kInput, "an image of " + std::to_string(image.channels) +
                                       " channels is no frame; expected 1 (grey) or 3 (RGB)");
  FrameView frame;
  frame.width = image.width;
  frame.height = image.height;
  for (int c = 0; c < 3; ++c)
    frame.components[static_cast<size_t>(c)] = {image.data + c % image.channels, image.stride,
                                                image.channels};
  return frame;
}

Frame frame_of(Image& rgb) {
  Frame frame;
  frame.width = rgb.width;
  frame.height = rgb.height;
  for (size_t c = 0; c < 3; ++c)
    frame.components[c] = {rgb.pixels.data() + c, ptrdiff_t{rgb.width} * 3, 3};
  return frame;
}

Image to_image(const FrameView& frame) {
  Image image(frame.width, frame.height, 3);
  const auto& [first, second, third] = frame.components;
  const IntegerMatrix matrix(frame);
  for (int y = 0; y < frame.height; ++y) {
    uint8_t* target = image.row(y);
    const int chroma_row = frame.is_yuv ? y / 2 : y;
    const uint8_t* a = first.data + y * first.stride;
    const uint8_t* b = second.data + chroma_row * second.stride;
    const uint8_t* c = third.data + chroma_row * third.stride;
    if (!frame.is_yuv) {
      for (int x = 0; x < frame.width; ++x) {
        target[3 * x] = a[x * first.pixel_stride];
        target[3 * x + 1] = b[x * second.pixel_stride];
        target[3 * x + 2] = c[x * third.pixel_stride];
      }
      continue;
    }
    for (int x = 0; x < frame.width; x += 2, b += second.pixel_stride, c += third.pixel_stride) {
      const int cb = *b - 128, cr = *c - 128;
      const int red = matrix.red_of_cr * cr, blue = matrix.blue_of_cb * cb;
      const int green = matrix.green_of_cb * cb + matrix.green_of_cr * cr;
      const int end = std::min(x + 2, frame.width);
      for (int pixel = x; pixel < end; ++pixel, a += first.pixel_stride, target += 3) {
        const int luma = matrix.luma * (*a - matrix.luma_offset);
        target[0] = rounded_byte(luma + red);
        target[1] = rounded_byte(luma - green);
        target[2] = rounded_byte(luma + blue);
      }
    }
  }
  return image;
}

}  // namespace ganface
