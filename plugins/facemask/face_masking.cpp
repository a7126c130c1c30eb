// SPDX-License-Identifier: MIT
// Owns what facemask does with a found face: its hole, and what is painted over it.
#include "facemask/face_masking.h"

#include <ganface/error.h>
#include <ganface/head_fill.h>

#include <algorithm>
#include <random>
#include <string>

namespace ganface::gst {
namespace {

constexpr int kBright = 127;  // mean of red, green and blue above which a mask image says missing

Image image_hole(const std::string& location, const Image& mask, const FrameView& frame,
                 const CanonicalTransform& transform) {
  Image rgb;
  if (mask.width == frame.width && mask.height == frame.height) {
    Image copy = mask;
    rgb = extract_crop(frame_of(copy), transform, kCanonicalSize);
  } else if (mask.width == mask.height) {
    rgb = resize(mask.view(), kCanonicalSize, kCanonicalSize);
  } else {
    throw Error(ErrorCode::kInput,
                "facemask: mask image '" + location + "' is " + std::to_string(mask.width) + "x" +
                    std::to_string(mask.height) + " pixels; expected the frame's " +
                    std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                    " or a square canonical crop");
  }
  Image hole(kCanonicalSize, kCanonicalSize, 1);
  for (size_t i = 0; i < hole.pixels.size(); ++i)
    hole.pixels[i] =
        rgb.pixels[3 * i] + rgb.pixels[3 * i + 1] + rgb.pixels[3 * i + 2] > 3 * kBright ? 255 : 0;
  return hole;
}

Image raw_hole(const MaskSettings& settings, const std::optional<Image>& image,
               const FrameView& frame, const CanonicalTransform& transform) {
  switch (settings.kind) {
    case MaskKind::kRegion:
      return region_hole(settings.region, kCanonicalSize, settings.seed);
    case MaskKind::kColor:
      return color_hole(
          extract_crop(frame, transform, kCanonicalSize),
          {static_cast<uint8_t>(settings.color >> 16), static_cast<uint8_t>(settings.color >> 8),
           static_cast<uint8_t>(settings.color)},
          settings.tolerance);
    case MaskKind::kAlpha:
      return transparent_hole(frame, transform, kCanonicalSize);
    case MaskKind::kImage:
      return image_hole(settings.location, image.value(), frame, transform);
    case MaskKind::kAuto:
      break;
  }
  throw Error(ErrorCode::kInternal, "facemask: mask=auto has no hole of its own");
}

// A hole of the canonical crop in the middle of the head crop.
Image on_head(const Image& hole) {
  constexpr int kMargin = (kMaskSize - kCanonicalSize) / 2;
  Image mask(kMaskSize, kMaskSize, 1);
  for (int y = 0; y < hole.height; ++y)
    std::copy_n(hole.row(y), hole.width, mask.row(y + kMargin) + kMargin);
  return mask;
}

}  // namespace

Image hole_of_face(const MaskSettings& settings, const std::optional<Image>& image,
                   const FrameView& frame, const CanonicalTransform& transform) {
  return grown(settings, on_head(raw_hole(settings, image, frame, transform)));
}

Image grown(const MaskSettings& settings, const Image& hole) {
  return settings.dilate > 0 ? dilate(hole, settings.dilate) : hole;
}

Image feathered(const Image& hole, int feather) {
  Image soft = hole;
  for (int radius = 1; radius <= feather; ++radius) {
    const Image grown = dilate(hole, radius);
    const auto share = static_cast<uint8_t>(255 * (feather + 1 - radius) / (feather + 1));
    for (size_t i = 0; i < soft.pixels.size(); ++i)
      if (soft.pixels[i] == 0 && grown.pixels[i] != 0) soft.pixels[i] = share;
  }
  return soft;
}

void occlude_face(Frame& frame, const MaskSettings& settings, const CanonicalTransform& transform,
                  const Image& hole) {
  const CanonicalTransform head = head_of(transform);
  if (settings.occlude == Occlusion::kGray) paint_hole(frame, head, hole, {128, 128, 128});
  if (settings.occlude == Occlusion::kBlack) paint_hole(frame, head, hole, {0, 0, 0});
  if (settings.occlude == Occlusion::kNoise) {
    Image noise(kMaskSize, kMaskSize, 3);
    std::mt19937 engine(static_cast<uint32_t>(settings.seed));
    for (uint8_t& pixel : noise.pixels) pixel = static_cast<uint8_t>(engine() & 255);
    composite_crop(frame, head, noise, hole);
  }
}

void draw_face(Frame& frame, const CanonicalTransform& transform, const Image& hole, unsigned id) {
  constexpr int kMargin = (kMaskSize - kCanonicalSize) / 2;
  Image tint(kMaskSize, kMaskSize, 3), alpha(kMaskSize, kMaskSize, 1);
  const auto dot = [&](int x, int y, std::array<uint8_t, 3> colour, uint8_t share) {
    std::copy(colour.begin(), colour.end(), tint.row(y) + 3 * x);
    alpha.row(y)[x] = share;
  };
  for (int y = 0; y < kMaskSize; ++y)
    for (int x = 0; x < kMaskSize; ++x) {
      const int inside = std::min({x, y, kMaskSize - 1 - x, kMaskSize - 1 - y}) - kMargin;
      const bool border = inside == 0 || inside == 1;
      if (border && y < kMargin + 2)
        dot(x, y, {255, 255, 0}, 255);
      else if (border)
        dot(x, y, {0, 255, 0}, 255);
      else if (hole.row(y)[x] != 0)
        dot(x, y, {255, 0, 0}, 96);
    }
  // Digits of 3 x 5 cells, a bit each, from the top left.
  constexpr unsigned kDigits[] = {0x7b6f, 0x2c97, 0x73e7, 0x73cf, 0x5bc9,
                                  0x79cf, 0x79ef, 0x7292, 0x7bef, 0x7bcf};
  constexpr int kCell = 3, kLeft = kMargin + 6, kTop = kMargin + 6;
  const std::string number = std::to_string(id);
  for (size_t n = 0; n < number.size(); ++n)
    for (int row = 0; row < 5 * kCell; ++row)
      for (int column = 0; column < 3 * kCell; ++column) {
        const int bit = 14 - (row / kCell * 3 + column / kCell);
        const int x = kLeft + static_cast<int>(n) * 4 * kCell + column;
        const bool set = (kDigits[number[n] - '0'] >> bit & 1) != 0;
        if (set && x < kMaskSize) dot(x, kTop + row, {0, 255, 0}, 255);
      }
  composite_crop(frame, head_of(transform), tint, alpha);
}

}  // namespace ganface::gst
