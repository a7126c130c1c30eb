// SPDX-License-Identifier: MIT
// Owns frames and transforms as nobody means them.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>
#include <ganface/frame.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace ganface::fuzz {

/// A number that a transform may hold: near the frame, far from it, tiny, or none at all.
inline double random_number(FuzzedDataProvider& data) {
  constexpr double kOdd[] = {0,   -0.0, 1e-9, -1e-9, 1e8,     -1e8,     9.9e8,     -9.9e8,
                             1e9, 1e15, 1e18, 1e300, -1e-300, INFINITY, -INFINITY, NAN};
  switch (data.ConsumeIntegralInRange(0, 3)) {
    case 0:
      return kOdd[data.ConsumeIntegralInRange<size_t>(0, std::size(kOdd) - 1)];
    case 1: {
      const auto bits = data.ConsumeIntegral<uint64_t>();
      double number;
      std::memcpy(&number, &bits, sizeof number);
      return number;
    }
    default:
      return data.ConsumeIntegral<int16_t>() / 1024.0;
  }
}

/// A transform: of a box, of any numbers, or one whose inverse has any numbers that a frame may
/// just have.
inline CanonicalTransform random_transform(FuzzedDataProvider& data, const FrameFormat& frame) {
  if (data.ConsumeBool())
    return transform_of_box(data.ConsumeIntegral<int8_t>(), data.ConsumeIntegral<int8_t>(),
                            data.ConsumeIntegralInRange(0, 4 * frame.width),
                            data.ConsumeIntegralInRange(0, 4 * frame.height));
  CanonicalTransform numbers;
  for (double& number : numbers) number = random_number(data);
  if (data.ConsumeBool()) return numbers;
  const auto& [a, b, c, d, e, f] = numbers;
  const double by = 1 / (a * e - b * d);
  return {e * by, -b * by, (b * f - e * c) * by, -d * by, a * by, (d * c - a * f) * by};
}

/// A frame of any format and layout, whose samples lie in memory of exactly their extent.
class RandomFrame {
 public:
  explicit RandomFrame(FuzzedDataProvider& data) {
    frame_.width = data.ConsumeIntegralInRange(1, 40);
    frame_.height = data.ConsumeIntegralInRange(1, 40);
    frame_.is_yuv = data.ConsumeBool();
    frame_.is_full_range = data.ConsumeBool();
    frame_.chroma_x = data.ConsumeBool() ? 0.5 : 1;
    frame_.chroma_y = data.ConsumeBool() ? 0.5 : 1;
    const int shrink = frame_.is_yuv ? 2 : 1;
    const auto fill = data.ConsumeIntegral<uint8_t>();
    for (size_t c = 0; c < (frame_.is_yuv ? 3 : 4); ++c) {
      const int by = c == 0 || c == 3 ? 1 : shrink;
      planes_[c].set((frame_.width + by - 1) / by, (frame_.height + by - 1) / by,
                     data.ConsumeIntegralInRange(1, 4), data.ConsumeIntegralInRange(0, 9),
                     data.ConsumeBool(), static_cast<uint8_t>(fill + 60 * c));
      (c == 3 ? frame_.alpha : frame_.components[c]) = planes_[c].component;
    }
    if (data.ConsumeBool()) frame_.alpha = {};
  }

  Frame& frame() { return frame_; }

  /// Every byte that belongs to the frame, and those between.
  std::vector<uint8_t> samples() const {
    std::vector<uint8_t> all;
    for (const Plane& plane : planes_)
      all.insert(all.end(), plane.bytes.begin(), plane.bytes.end());
    return all;
  }

  bool gaps_are_untouched() const {
    for (const Plane& plane : planes_)
      for (size_t i = 0; i < plane.bytes.size(); ++i)
        if (!plane.is_sample[i] && plane.bytes[i] != kGap) return false;
    return true;
  }

 private:
  static constexpr uint8_t kGap = 0xa5;

  struct Plane {
    std::vector<uint8_t> bytes;
    std::vector<bool> is_sample;
    Frame::Component component;

    // Rows from the last to the first have a stride below 0.
    void set(int width, int height, int pixel_stride, int padding, bool upwards, uint8_t value) {
      const int row = (width - 1) * pixel_stride + 1, stride = row + padding;
      bytes.assign(static_cast<size_t>((height - 1) * stride + row), kGap);
      is_sample.assign(bytes.size(), false);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
          const auto at = static_cast<size_t>(y * stride + x * pixel_stride);
          bytes[at] = static_cast<uint8_t>(value + 5 * x + 3 * y);
          is_sample[at] = true;
        }
      component = {bytes.data() + (upwards ? (height - 1) * stride : 0), upwards ? -stride : stride,
                   pixel_stride};
    }
  };

  Frame frame_;
  std::array<Plane, 4> planes_;
};

}  // namespace ganface::fuzz
