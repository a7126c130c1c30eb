// SPDX-License-Identifier: MIT
// Owns how a repair ends at the border of its crop.
#include <ganface/crop_border.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

namespace ganface {
namespace {

constexpr int kBeyond = 2;        // pixels beyond the border that are looked at
constexpr float kOther = 36;      // of 255: mean difference from which nothing goes on
constexpr float kReach = 0.09f;   // of the side: where alpha begins to fall
constexpr float kSmooth = 0.04f;  // of the side: along the border

// Of a crop, part of its unit square as a crop of its own.
CanonicalTransform part_of(const CanonicalTransform& crop, double left, double top, double width,
                           double height) {
  CanonicalTransform part = crop;
  part[2] -= left;
  part[5] -= top;
  for (size_t i = 0; i < 3; ++i) {
    part[i] /= width;
    part[3 + i] /= height;
  }
  return part;
}

// The pixels beside a border of a crop: across it, a pixel that lies kBeyond outside.
struct Beside {
  Image colours, inside;  // the border's length x 1, or 1 x the border's length

  Beside(const FrameView& frame, const CanonicalTransform& crop, int side, bool vertical,
         bool far) {
    const double pixel = 1.0 / side, across = far ? 1 + (kBeyond - 1) * pixel : -kBeyond * pixel;
    const CanonicalTransform line =
        vertical ? part_of(crop, across, 0, pixel, 1) : part_of(crop, 0, across, 1, pixel);
    const int width = vertical ? 1 : side, height = vertical ? side : 1;
    colours = extract_crop(frame, line, width, height);
    inside = inside_frame(frame, line, width, height);
  }
};

// A moving mean over 2 radius + 1 values.
std::vector<float> smoothed(const std::vector<float>& values, int radius) {
  const auto count = static_cast<int>(values.size());
  std::vector<float> result(values.size());
  for (int i = 0; i < count; ++i) {
    const int from = std::max(0, i - radius), to = std::min(count - 1, i + radius);
    for (int j = from; j <= to; ++j)
      result[static_cast<size_t>(i)] +=
          values[static_cast<size_t>(j)] / static_cast<float>(to - from + 1);
  }
  return result;
}

}  // namespace

void fade_at_border(Image& alpha, const Image& crop, const FrameView& frame,
                    const CanonicalTransform& transform) {
  const int side = crop.width;
  // Pixel i along a border, `depth` pixels inside of it (negative: beyond).
  struct Border {
    bool vertical, far;
    std::pair<int, int> at(int i, int depth, int length) const {
      const int across = far ? length - 1 - depth : depth;
      return vertical ? std::pair{across, i} : std::pair{i, across};
    }
  };
  constexpr Border kBorders[] = {{false, false}, {false, true}, {true, false}, {true, true}};
  const auto reaches = [&](const Border& border) {
    for (int i = 0; i < side; ++i) {
      const auto [x, y] = border.at(i, 0, side);
      if (alpha.row(y)[x] != 0) return true;
    }
    return false;
  };
  const int reach = std::max(1, static_cast<int>(std::lround(kReach * static_cast<float>(side))));
  for (const Border& border : kBorders) {
    if (!reaches(border)) continue;
    const Beside beside(frame, transform, side, border.vertical, border.far);
    std::vector<float> goes_on(static_cast<size_t>(side));
    for (int i = 0; i < side; ++i) {
      const auto [x, y] = border.at(i, 0, side);
      const auto pixel = static_cast<size_t>(i);
      if (alpha.row(y)[x] == 0 || beside.inside.pixels[pixel] == 0) continue;
      int difference = 0;
      for (size_t c = 0; c < 3; ++c)
        difference += std::abs(crop.row(y)[3 * x + static_cast<int>(c)] -
                               beside.colours.pixels[3 * pixel + c]);
      goes_on[pixel] = std::max(0.f, 1 - static_cast<float>(difference) / (3 * kOther));
    }
    goes_on = smoothed(goes_on, static_cast<int>(std::lround(kSmooth * static_cast<float>(side))));
    for (int depth = 0; depth < reach; ++depth) {
      const float lost = 1 - (static_cast<float>(depth) + 0.5f) / static_cast<float>(reach);
      for (int i = 0; i < side; ++i) {
        const auto [x, y] = border.at(i, depth, side);
        uint8_t& share = alpha.row(y)[x];
        share = static_cast<uint8_t>(
            static_cast<float>(share) * (1 - lost * goes_on[static_cast<size_t>(i)]) + 0.5f);
      }
    }
  }
}

}  // namespace ganface
