// SPDX-License-Identifier: MIT
// Owns occluders of kinds and textures that no network was trained on.
#pragma once

#include <ganface/image.h>

#include <string>

namespace ganface::bench {

/// A canonical crop with something in front of it.
struct UnseenOccluder {
  std::string kind;
  Image picture, covered;
};

/// Covers a crop with the `number`-th occluder: stars, rings, hearts, crosses, spirals and letters
/// with textures of rings, waves, dots and clouds.
UnseenOccluder cover(const Image& crop, int number);

/// A crop with what is found in front of it in red.
Image tinted(const Image& crop, const Image& covered);

}  // namespace ganface::bench
