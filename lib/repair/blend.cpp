// SPDX-License-Identifier: MIT
// Owns how a generated hole meets the picture around it.
#include "repair/blend.h"

#include <algorithm>

namespace ganface::repair {

Image blend_alpha(const Image& hole, Blend blend, int feather_px) {
  const int width = hole.width, height = hole.height;
  const int band = blend == Blend::kFeather ? feather_px : 0;
  std::vector<int> distance(hole.pixels.size());
  const auto at = [&](int x, int y) -> int& {
    return distance[static_cast<size_t>(y * width + x)];
  };
  // City-block distance in two sweeps (Rosenfeld and Pfaltz 1966).
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      at(x, y) = hole.row(y)[x] != 0 ? 0 : band + 1;
      if (x > 0) at(x, y) = std::min(at(x, y), at(x - 1, y) + 1);
      if (y > 0) at(x, y) = std::min(at(x, y), at(x, y - 1) + 1);
    }
  Image alpha(width, height, 1);
  for (int y = height - 1; y >= 0; --y)
    for (int x = width - 1; x >= 0; --x) {
      if (x + 1 < width) at(x, y) = std::min(at(x, y), at(x + 1, y) + 1);
      if (y + 1 < height) at(x, y) = std::min(at(x, y), at(x, y + 1) + 1);
      alpha.row(y)[x] = static_cast<uint8_t>(255 * (band + 1 - at(x, y)) / (band + 1));
    }
  return alpha;
}

Image blend_images(const Image& crop, const Image& completion, const Image& alpha) {
  Image blended = crop;
  for (int y = 0; y < crop.height; ++y)
    for (int x = 0; x < crop.width; ++x) {
      const int share = alpha.row(y)[x];
      for (int c = 0; c < crop.channels; ++c) {
        const int i = x * crop.channels + c;
        const int mixed = share * completion.row(y)[i] + (255 - share) * crop.row(y)[i];
        blended.row(y)[i] = static_cast<uint8_t>((mixed + 127) / 255);
      }
    }
  return blended;
}

}  // namespace ganface::repair
