// SPDX-License-Identifier: MIT
// Owns the holes that stand at fixed places of the canonical crop, or are drawn at random.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

#include <array>
#include <cstdint>
#include <string>

namespace ganface {

/// Named parts of the canonical crop.
enum class Region {
  kCenter,  ///< the middle square of half the side
  kLeft,
  kRight,
  kTop,
  kBottom,
  kEyes,
  kNose,
  kMouth,
  kRandom,   ///< each pixel missing with probability 0.8
  kPattern,  ///< the quarter of pixels where enlarged noise is highest
};

/// "center", "left", … -> Region. Throws Error(kUsage) listing the names.
GANFACE_API Region region_by_name(const std::string& name);

/// The hole of a region on a size x size crop: 1 channel, 255 = missing. `seed` fixes kRandom and
/// kPattern, the same on every machine; the other regions ignore it. Throws Error(kUsage) for a
/// size below 8.
GANFACE_API Image region_hole(Region region, int size, uint64_t seed);

/// The hole where an RGB crop is within `tolerance` of a colour in every channel: 1 channel, 255 =
/// missing.
GANFACE_API Image color_hole(const Image& crop, const std::array<uint8_t, 3>& rgb, int tolerance);

/// Whether no pixel of a mask is set.
GANFACE_API bool is_empty(const Image& mask);

/// A hole grown by `radius` pixels in every direction (a square of side 2 radius + 1).
GANFACE_API Image dilate(const Image& hole, int radius);

}  // namespace ganface
