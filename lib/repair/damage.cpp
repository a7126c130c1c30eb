// SPDX-License-Identifier: MIT
// Owns what every method of repair makes of a damaged face before it starts.
#include "repair/damage.h"

#include <ganface/error.h>

#include <algorithm>
#include <string>

namespace ganface::repair {

void check(const DamagedFace& face) {
  if (face.crop.empty() || face.crop.channels != 3 || face.hole.channels != 1 ||
      face.crop.width != face.crop.height || face.hole.width != face.crop.width ||
      face.hole.height != face.crop.height)
    throw Error(ErrorCode::kInput,
                "a damaged face needs a square RGB crop and a hole of the same size, got " +
                    std::to_string(face.crop.width) + "x" + std::to_string(face.crop.height) + "x" +
                    std::to_string(face.crop.channels) + " and " + std::to_string(face.hole.width) +
                    "x" + std::to_string(face.hole.height) + "x" +
                    std::to_string(face.hole.channels));
  const auto fits = [&](const Image& image, int channels) {
    return image.width == face.crop.width && image.height == face.crop.height &&
           image.channels == channels;
  };
  if (!face.reference.empty() && (!fits(face.reference, 3) || !fits(face.known, 1)))
    throw Error(ErrorCode::kInput,
                "a damaged face's reference and where it is known must be of the crop's size, " +
                    std::to_string(face.crop.width) + "x" + std::to_string(face.crop.width) +
                    ", got " + std::to_string(face.reference.width) + "x" +
                    std::to_string(face.reference.height) + " and " +
                    std::to_string(face.known.width) + "x" + std::to_string(face.known.height));
  const auto expect_square = [](const Image& image, const char* name) {
    if (image.empty() || (image.width == image.height && image.channels == 3)) return;
    throw Error(ErrorCode::kInput,
                "a damaged face's " + std::string(name) + " must be a square RGB image, got " +
                    std::to_string(image.width) + "x" + std::to_string(image.height) + "x" +
                    std::to_string(image.channels));
  };
  expect_square(face.prior_sample, "prior_sample");
  expect_square(face.photograph, "photograph");
}

Image at_side(const Image& image, int side) {
  return image.width == side ? image : resize(image.view(), side, side);
}

Image scale_hole(const Image& hole, int size) {
  Image binary = hole;
  for (uint8_t& pixel : binary.pixels) pixel = pixel != 0 ? 255 : 0;
  Image scaled = at_side(binary, size);
  for (uint8_t& pixel : scaled.pixels) pixel = pixel != 0 ? 255 : 0;
  return scaled;
}

RepairedFace untouched(const Image& crop) {
  RepairedFace face;
  face.completion = face.repaired = crop;
  face.alpha = Image(crop.width, crop.height, 1);
  return face;
}

bool has_soft_edges(const Image& hole) {
  return std::any_of(hole.pixels.begin(), hole.pixels.end(),
                     [](uint8_t p) { return p != 0 && p != 255; });
}

}  // namespace ganface::repair
