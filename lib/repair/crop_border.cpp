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

// The crop's surroundings: the same pixels with kBeyond more on each side.
CanonicalTransform with_surroundings(const CanonicalTransform& transform, int side) {
  const double scale = static_cast<double>(side) / (side + 2 * kBeyond);
  CanonicalTransform wider = transform;
  for (double& value : wider) value *= scale;
  wider[2] += (1 - scale) / 2;
  wider[5] += (1 - scale) / 2;
  return wider;
}

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

void fade_at_border(Image& alpha, const Image& crop, const Frame& frame,
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
  if (std::none_of(std::begin(kBorders), std::end(kBorders), reaches)) return;

  const CanonicalTransform wider = with_surroundings(transform, side);
  const Image around = extract_crop(frame, wider, side + 2 * kBeyond);
  const Image inside = inside_frame(frame, wider, side + 2 * kBeyond);
  const int reach = std::max(1, static_cast<int>(std::lround(kReach * static_cast<float>(side))));
  for (const Border& border : kBorders) {
    if (!reaches(border)) continue;
    std::vector<float> goes_on(static_cast<size_t>(side));
    for (int i = 0; i < side; ++i) {
      const auto [x, y] = border.at(i, 0, side);
      const auto [out_x, out_y] = border.at(i, -kBeyond, side);
      const int u = out_x + kBeyond, v = out_y + kBeyond;
      if (alpha.row(y)[x] == 0 || inside.row(v)[u] == 0) continue;
      int difference = 0;
      for (int c = 0; c < 3; ++c)
        difference += std::abs(crop.row(y)[3 * x + c] - around.row(v)[3 * u + c]);
      goes_on[static_cast<size_t>(i)] =
          std::max(0.f, 1 - static_cast<float>(difference) / (3 * kOther));
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
