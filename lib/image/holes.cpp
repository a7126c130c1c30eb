// SPDX-License-Identifier: MIT
// Owns the holes that stand at fixed places of the canonical crop, or are drawn at random.
#include <ganface/error.h>
#include <ganface/holes.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <random>
#include <utility>

#include "image/interpolation.h"

namespace ganface {
namespace {

constexpr double kRandomShare = 0.8;
constexpr int kPatternGrid = 8;

constexpr std::pair<const char*, Region> kNames[] = {
    {"center", Region::kCenter},  {"left", Region::kLeft},     {"right", Region::kRight},
    {"top", Region::kTop},        {"bottom", Region::kBottom}, {"eyes", Region::kEyes},
    {"nose", Region::kNose},      {"mouth", Region::kMouth},   {"random", Region::kRandom},
    {"pattern", Region::kPattern}};

// Left, top, right, bottom as shares of the crop's side.
struct Box {
  double left, top, right, bottom;
};

Box box_of(Region region) {
  switch (region) {
    case Region::kLeft:
      return {0, 0, 0.5, 1};
    case Region::kRight:
      return {0.5, 0, 1, 1};
    case Region::kTop:
      return {0, 0, 1, 0.5};
    case Region::kBottom:
      return {0, 0.5, 1, 1};
    case Region::kEyes:
      return {0.14, 0.28, 0.86, 0.52};
    case Region::kNose:
      return {0.34, 0.42, 0.66, 0.7};
    case Region::kMouth:
      return {0.22, 0.66, 0.78, 0.92};
    default:
      return {0.25, 0.25, 0.75, 0.75};
  }
}

// Uniform in [0, 1) with 53 bits; std::uniform_real_distribution differs between libraries.
double uniform(std::mt19937_64& engine) { return static_cast<double>(engine() >> 11) * 0x1p-53; }

// Normal by the central limit theorem (12 uniforms): the same on every machine, as no libm is.
double normal(std::mt19937_64& engine) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform(engine);
  return sum;
}

std::vector<double> enlarge_cubic(const std::vector<double>& grid, int side, int size) {
  std::vector<double> enlarged;
  const double scale = static_cast<double>(side) / size;
  for (int y = 0; y < size; ++y) {
    const CubicTaps<double> rows(kSharpCubic, (y + 0.5) * scale - 0.5, side);
    for (int x = 0; x < size; ++x) {
      const CubicTaps<double> columns(kSharpCubic, (x + 0.5) * scale - 0.5, side);
      double sum = 0;
      for (size_t j = 0; j < 4; ++j)
        for (size_t i = 0; i < 4; ++i)
          sum += rows.weights[j] * columns.weights[i] *
                 grid[static_cast<size_t>(rows.samples[j] * side + columns.samples[i])];
      enlarged.push_back(sum);
    }
  }
  return enlarged;
}

}  // namespace

Region region_by_name(const std::string& name) {
  std::string names;
  for (const auto& [known, region] : kNames) {
    if (name == known) return region;
    names += (names.empty() ? "" : ", ") + std::string(known);
  }
  throw Error(ErrorCode::kUsage, "region '" + name + "' is unknown; expected one of " + names);
}

Image region_hole(Region region, int size, uint64_t seed) {
  if (size < kPatternGrid)
    throw Error(ErrorCode::kUsage, "a hole needs a crop of at least 8 x 8 pixels");
  Image hole(size, size, 1);
  std::mt19937_64 engine(seed);
  if (region == Region::kRandom) {
    for (uint8_t& pixel : hole.pixels) pixel = uniform(engine) < kRandomShare ? 255 : 0;
  } else if (region == Region::kPattern) {
    std::vector<double> grid(kPatternGrid * kPatternGrid);
    for (double& value : grid) value = normal(engine);
    const std::vector<double> noise = enlarge_cubic(grid, kPatternGrid, size);
    std::vector<size_t> order(noise.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const size_t missing = noise.size() / 4;
    std::nth_element(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(missing), order.end(),
        [&](size_t a, size_t b) { return std::pair(-noise[a], a) < std::pair(-noise[b], b); });
    for (size_t i = 0; i < missing; ++i) hole.pixels[order[i]] = 255;
  } else {
    const Box box = box_of(region);
    const auto pixel = [size](double share) { return static_cast<int>(std::lround(share * size)); };
    for (int y = pixel(box.top); y < pixel(box.bottom); ++y)
      std::fill(hole.row(y) + pixel(box.left), hole.row(y) + pixel(box.right), uint8_t{255});
  }
  return hole;
}

Image color_hole(const Image& crop, const std::array<uint8_t, 3>& rgb, int tolerance) {
  Image hole(crop.width, crop.height, 1);
  for (size_t i = 0; i < hole.pixels.size(); ++i) {
    const uint8_t* pixel = &crop.pixels[3 * i];
    const bool matches =
        std::equal(rgb.begin(), rgb.end(), pixel, [tolerance](uint8_t wanted, uint8_t found) {
          return std::abs(wanted - found) <= tolerance;
        });
    hole.pixels[i] = matches ? 255 : 0;
  }
  return hole;
}

bool is_empty(const Image& mask) {
  return std::all_of(mask.pixels.begin(), mask.pixels.end(),
                     [](uint8_t pixel) { return pixel == 0; });
}

Image dilate(const Image& hole, int radius) {
  if (radius <= 0 || is_empty(hole)) return hole;
  const auto grown = [radius](const Image& image, int dx, int dy) {
    Image out(image.width, image.height, 1);
    for (int y = 0; y < image.height; ++y)
      for (int i = -radius; i <= radius; ++i) {
        const int row = y + i * dy, shift = i * dx;
        if (row < 0 || row >= image.height) continue;
        // A byte that is written might be any of the image's fields: they are read before the loop,
        // so that it becomes one of vectors.
        const int first = std::max(0, -shift), end = std::min(image.width, image.width - shift);
        uint8_t* target = out.row(y);
        const uint8_t* source = image.row(row) + shift;
        for (int x = first; x < end; ++x) target[x] = std::max(target[x], source[x]);
      }
    return out;
  };
  return grown(grown(hole, 1, 0), 0, 1);
}

}  // namespace ganface
