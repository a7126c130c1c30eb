// SPDX-License-Identifier: MIT
// Owns the noise of a picture, which what a network paints lacks.
#include <ganface/grain.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace ganface {
namespace {

constexpr int kLeastPixels = 200;
constexpr double kLeastGrain = 0.7, kMostGrain = 8;  // of 255 levels
// Of white noise of standard deviation 1: standard deviation of the mask's response, and the median
// of its absolute value over that.
constexpr double kResponse = 6, kMedian = 0.6745;

// Four times the luma, about.
int luma(const uint8_t* pixel) { return pixel[0] + 2 * pixel[1] + pixel[2]; }

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t scrambled(uint64_t state) {
  state += 0x9e3779b97f4a7c15u;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
  state = (state ^ (state >> 27)) * 0x94d049bb133111ebu;
  return state ^ (state >> 31);
}

// About normal, of standard deviation 1: the sum of four bytes.
float normal(uint64_t bits) {
  int sum = 0;
  for (int i = 0; i < 4; ++i) sum += static_cast<int>(bits >> (8 * i) & 255);
  return static_cast<float>(sum - 510) / 147.8f;
}

}  // namespace

double noise_level(const Image& rgb, const Image& where) {
  std::array<int, 4 * 4 * 256> counts{};  // of absolute responses
  const int most = static_cast<int>(counts.size()) - 1;
  int total = 0;
  for (int y = 1; y + 1 < rgb.height; y += 2)
    for (int x = 1; x + 1 < rgb.width; ++x) {
      // The whole mask lies in the part.
      if (where.row(y - 1)[x - 1] == 0 || where.row(y - 1)[x + 1] == 0 ||
          where.row(y + 1)[x - 1] == 0 || where.row(y + 1)[x + 1] == 0 || where.row(y)[x] == 0)
        continue;
      const auto at = [&](int dx, int dy) { return luma(rgb.row(y + dy) + 3 * (x + dx)); };
      const int response = at(-1, -1) - 2 * at(0, -1) + at(1, -1) - 2 * at(-1, 0) + 4 * at(0, 0) -
                           2 * at(1, 0) + at(-1, 1) - 2 * at(0, 1) + at(1, 1);
      ++counts[static_cast<size_t>(std::min(std::abs(response), most))];
      ++total;
    }
  if (total < kLeastPixels) return 0;
  int median = 0;
  for (int seen = counts[0]; 2 * seen < total; seen += counts[static_cast<size_t>(median)])
    ++median;
  return median / (4 * kResponse * kMedian);
}

void match_grain(Image& completion, const Image& crop, const Image& hole, uint64_t seed) {
  Image kept = hole;
  for (uint8_t& pixel : kept.pixels) pixel = pixel == 0 ? 255 : 0;
  const double wanted = noise_level(crop, kept);
  if (wanted < kLeastGrain) return;
  const double own = noise_level(completion, hole);
  const double missing =
      std::min(std::sqrt(std::max(0.0, wanted * wanted - own * own)), kMostGrain);
  if (missing < kLeastGrain) return;
  const auto deviation = static_cast<float>(missing);
  for (size_t i = 0; i < hole.pixels.size(); ++i) {
    if (hole.pixels[i] == 0) continue;
    const float grain = deviation * normal(scrambled(seed * 0x100000001b3u + i));
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& pixel = completion.pixels[3 * i + c];
      pixel =
          static_cast<uint8_t>(std::clamp(static_cast<float>(pixel) + grain + 0.5f, 0.f, 255.f));
    }
  }
}

}  // namespace ganface
