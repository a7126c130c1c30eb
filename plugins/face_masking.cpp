// SPDX-License-Identifier: MIT
// Owns what facemask does with a found face: its hole, and what is painted over it.
#include "face_masking.h"

#include <ganface/error.h>

#include <algorithm>
#include <random>

namespace ganface::gst {
namespace {

constexpr int kOpaque = 128;  // of 255: less is a hole
constexpr int kBright = 127;  // mean of red, green and blue above which a mask image says missing

Image image_hole(const std::string& location, const Image& mask, const Frame& frame,
                 const CanonicalTransform& transform) {
  Image rgb;
  if (mask.width == frame.width && mask.height == frame.height) {
    Image copy = mask;
    rgb = extract_crop(frame_of(copy), transform, kMaskSize);
  } else if (mask.width == mask.height) {
    rgb = resize(mask.view(), kMaskSize, kMaskSize);
  } else {
    throw Error(ErrorCode::kInput,
                "facemask: mask image '" + location + "' is " + std::to_string(mask.width) + "x" +
                    std::to_string(mask.height) + " pixels; expected the frame's " +
                    std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                    " or a square canonical crop");
  }
  Image hole(kMaskSize, kMaskSize, 1);
  for (size_t i = 0; i < hole.pixels.size(); ++i)
    hole.pixels[i] =
        rgb.pixels[3 * i] + rgb.pixels[3 * i + 1] + rgb.pixels[3 * i + 2] > 3 * kBright ? 255 : 0;
  return hole;
}

Image raw_hole(const MaskSettings& settings, const std::optional<Image>& image, const Frame& frame,
               const CanonicalTransform& transform) {
  switch (settings.kind) {
    case MaskKind::kRegion:
      return region_hole(settings.region, kMaskSize, settings.seed);
    case MaskKind::kColor:
      return color_hole(
          extract_crop(frame, transform, kMaskSize),
          {static_cast<uint8_t>(settings.color >> 16), static_cast<uint8_t>(settings.color >> 8),
           static_cast<uint8_t>(settings.color)},
          settings.tolerance);
    case MaskKind::kAlpha: {
      Image alpha = extract_alpha(frame, transform, kMaskSize);
      for (uint8_t& pixel : alpha.pixels) pixel = pixel < kOpaque ? 255 : 0;
      return alpha;
    }
    case MaskKind::kImage:
      return image_hole(settings.location, image.value(), frame, transform);
    case MaskKind::kAuto:
      break;
  }
  throw Error(ErrorCode::kUnsupported,
              "facemask: mask=auto is not built yet; use mask=region, image, color or alpha");
}

}  // namespace

Image hole_of_face(const MaskSettings& settings, const std::optional<Image>& image,
                   const Frame& frame, const CanonicalTransform& transform) {
  const Image hole = raw_hole(settings, image, frame, transform);
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
  if (settings.occlude == Occlusion::kGray) paint_hole(frame, transform, hole, {128, 128, 128});
  if (settings.occlude == Occlusion::kBlack) paint_hole(frame, transform, hole, {0, 0, 0});
  if (settings.occlude == Occlusion::kNoise) {
    Image noise(kMaskSize, kMaskSize, 3);
    std::mt19937 engine(static_cast<uint32_t>(settings.seed));
    for (uint8_t& pixel : noise.pixels) pixel = static_cast<uint8_t>(engine() & 255);
    composite_crop(frame, transform, noise, hole);
  }
}

void draw_face(Frame& frame, const CanonicalTransform& transform, const Image& hole) {
  Image tint(kMaskSize, kMaskSize, 3), alpha(kMaskSize, kMaskSize, 1);
  for (int y = 0; y < kMaskSize; ++y)
    for (int x = 0; x < kMaskSize; ++x) {
      const bool border = std::min({x, y, kMaskSize - 1 - x, kMaskSize - 1 - y}) < 2;
      tint.row(y)[3 * x + (border ? 1 : 0)] = 255;
      alpha.row(y)[x] = border ? 255 : hole.row(y)[x] != 0 ? 96 : 0;
    }
  composite_crop(frame, transform, tint, alpha);
}

}  // namespace ganface::gst
