// SPDX-License-Identifier: MIT
// Owns the geometry of 8-bit images: cropping, scaling, the canonical crop.
#include <ganface/error.h>
#include <ganface/image.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace ganface {
namespace {

constexpr int kLfwSide = 250;
constexpr int kLfwCropOrigin = 61;
constexpr int kLfwCropSide = 128;

// The input samples that make each output sample, and their weights.
struct Resampling {
  struct Taps {
    int first, count;
    size_t weights;  // where they begin
  };
  std::vector<Taps> taps;
  std::vector<float> weights;

  Resampling(int from, int to) {
    const double scale = static_cast<double>(from) / to;
    for (int o = 0; o < to; ++o) {
      Taps tap{0, 0, weights.size()};
      if (scale >= 1) {
        const double begin = o * scale, end = begin + scale;
        tap.first = static_cast<int>(begin);
        for (int i = tap.first; i < from && i < end - 1e-9; ++i)
          weights.push_back(static_cast<float>(
              (std::min<double>(i + 1, end) - std::max<double>(i, begin)) / scale));
      } else {
        const double centre = std::clamp((o + 0.5) * scale - 0.5, 0.0, from - 1.0);
        tap.first = std::min(static_cast<int>(centre), std::max(0, from - 2));
        const float fraction = static_cast<float>(centre - tap.first);
        weights.push_back(1 - fraction);
        if (from > 1) weights.push_back(fraction);
      }
      tap.count = static_cast<int>(weights.size() - tap.weights);
      taps.push_back(tap);
    }
  }
};

// A row's pixels of so many channels, resampled.
template <int kChannels>
void resample_row(const uint8_t* source, const Resampling& resampling, float* target) {
  for (const Resampling::Taps& taps : resampling.taps) {
    const float* weights = resampling.weights.data() + taps.weights;
    const uint8_t* pixel = source + taps.first * kChannels;
    float sums[kChannels] = {};
    for (int i = 0; i < taps.count; ++i, pixel += kChannels)
      for (int c = 0; c < kChannels; ++c) sums[c] += weights[i] * static_cast<float>(pixel[c]);
    target = std::copy_n(sums, kChannels, target);
  }
}

}  // namespace

Image::Image(int width, int height, int channels, uint8_t value)
    : width(width),
      height(height),
      channels(channels),
      pixels(
          static_cast<size_t>(width) * static_cast<size_t>(height) * static_cast<size_t>(channels),
          value) {}

Image crop(const ImageView& image, int left, int top, int width, int height) {
  if (left < 0 || top < 0 || width <= 0 || height <= 0 || left + width > image.width ||
      top + height > image.height)
    throw Error(ErrorCode::kInput, "crop " + std::to_string(width) + "x" + std::to_string(height) +
                                       "+" + std::to_string(left) + "+" + std::to_string(top) +
                                       " leaves the image of " + std::to_string(image.width) + "x" +
                                       std::to_string(image.height) + " pixels");
  Image out(width, height, image.channels);
  for (int y = 0; y < height; ++y)
    std::copy_n(image.row(top + y) + left * image.channels, width * image.channels, out.row(y));
  return out;
}

Image resize(const ImageView& image, int width, int height) {
  if (width <= 0 || height <= 0 || image.width <= 0 || image.height <= 0)
    throw Error(ErrorCode::kInput, "an image cannot be scaled from or to zero pixels");
  const Resampling horizontal(image.width, width), vertical(image.height, height);
  const auto resample = image.channels == 1 ? resample_row<1> : resample_row<3>;
  const auto length = static_cast<size_t>(width * image.channels);
  std::vector<float> rows(length * static_cast<size_t>(image.height));
  for (int y = 0; y < image.height; ++y)
    resample(image.row(y), horizontal, rows.data() + static_cast<size_t>(y) * length);
  Image out(width, height, image.channels);
  std::vector<float> sums(length);
  for (int y = 0; y < height; ++y) {
    const Resampling::Taps& taps = vertical.taps[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.5f);  // to round
    for (int i = 0; i < taps.count; ++i) {
      const float weight = vertical.weights[taps.weights + static_cast<size_t>(i)];
      const float* row = rows.data() + static_cast<size_t>(taps.first + i) * length;
      for (size_t x = 0; x < length; ++x) sums[x] += weight * row[x];
    }
    uint8_t* target = out.row(y);
    for (size_t x = 0; x < length; ++x)
      target[x] = static_cast<uint8_t>(std::clamp(sums[x], 0.f, 255.f));
  }
  return out;
}

Image canonical_crop(const ImageView& photograph, int size) {
  if (photograph.width != photograph.height)
    throw Error(ErrorCode::kInput,
                "the image is " + std::to_string(photograph.width) + "x" +
                    std::to_string(photograph.height) +
                    " pixels, expected a square face crop or a 250x250 LFW photograph");
  if (photograph.width == kLfwSide)
    return resize(
        crop(photograph, kLfwCropOrigin, kLfwCropOrigin, kLfwCropSide, kLfwCropSide).view(), size,
        size);
  return resize(photograph, size, size);
}

}  // namespace ganface
