// SPDX-License-Identifier: MIT
// Owns how a generated hole meets the picture around it.
#include "repair/blend.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ganface::repair {
namespace {

constexpr int kMostSweeps = 500;
constexpr float kOverRelaxation = 1.9f;
constexpr float kLeastChange = 0.02f;  // of 255 levels

}  // namespace

Image blend_alpha(const Image& hole, Blend blend, int feather_px) {
  const int width = hole.width, height = hole.height;
  const int band = blend == Blend::kFeather ? feather_px : 0;
  if (band == 0) {
    Image alpha = hole;
    for (uint8_t& pixel : alpha.pixels) pixel = pixel != 0 ? 255 : 0;
    return alpha;
  }
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

Image blend_poisson(const Image& crop, const Image& completion, const Image& hole) {
  const int width = crop.width, height = crop.height, channels = crop.channels;
  const auto count = static_cast<size_t>(width) * static_cast<size_t>(height);
  Image blended = crop;
  std::vector<size_t> missing;
  for (size_t i = 0; i < count; ++i)
    if (hole.pixels[i] != 0) missing.push_back(i);
  // Without a border there is nothing to meet.
  if (missing.size() == count) return completion;
  for (int c = 0; c < channels; ++c) {
    const auto at = [channels, c](size_t pixel) {
      return pixel * static_cast<size_t>(channels) + static_cast<size_t>(c);
    };
    std::vector<float> shift(count);
    float mean = 0;
    for (size_t i = 0; i < count; ++i)
      if (hole.pixels[i] == 0) {
        shift[i] = static_cast<float>(crop.pixels[at(i)] - completion.pixels[at(i)]);
        mean += shift[i] / static_cast<float>(count - missing.size());
      }
    for (const size_t i : missing) shift[i] = mean;
    // Successive over-relaxation (Young 1954).
    float change = 1;
    for (int sweep = 0; sweep < kMostSweeps && change > kLeastChange; ++sweep) {
      change = 0;
      for (const size_t i : missing) {
        const int x = static_cast<int>(i) % width, y = static_cast<int>(i) / width;
        const float left = shift[x > 0 ? i - 1 : i], right = shift[x + 1 < width ? i + 1 : i];
        const float above = shift[y > 0 ? i - static_cast<size_t>(width) : i];
        const float below = shift[y + 1 < height ? i + static_cast<size_t>(width) : i];
        const float step = kOverRelaxation * ((left + right + above + below) / 4 - shift[i]);
        shift[i] += step;
        change = std::max(change, std::abs(step));
      }
    }
    for (const size_t i : missing)
      blended.pixels[at(i)] = static_cast<uint8_t>(std::clamp(
          std::lround(static_cast<float>(completion.pixels[at(i)]) + shift[i]), 0L, 255L));
  }
  return blended;
}

Image blend_images(const Image& crop, const Image& completion, const Image& alpha) {
  Image blended = crop;
  for (int y = 0; y < crop.height; ++y)
    for (int x = 0; x < crop.width; ++x) {
      const int share = alpha.row(y)[x];
      if (share == 0) continue;
      for (int c = 0; c < crop.channels; ++c) {
        const int i = x * crop.channels + c;
        const int mixed = share * completion.row(y)[i] + (255 - share) * crop.row(y)[i];
        blended.row(y)[i] = static_cast<uint8_t>((mixed + 127) / 255);
      }
    }
  return blended;
}

}  // namespace ganface::repair
