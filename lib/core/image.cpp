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

// The input samples that make one output sample, and their weights.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Taps> resampling_taps(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  std::vector<Taps> taps(static_cast<size_t>(to));
  for (int o = 0; o < to; ++o) {
    Taps& tap = taps[static_cast<size_t>(o)];
    if (scale >= 1) {
      const double begin = o * scale, end = begin + scale;
      tap.first = static_cast<int>(begin);
      for (int i = tap.first; i < from && i < end - 1e-9; ++i)
        tap.weights.push_back(static_cast<float>(
            (std::min<double>(i + 1, end) - std::max<double>(i, begin)) / scale));
    } else {
      const double centre = std::clamp((o + 0.5) * scale - 0.5, 0.0, from - 1.0);
      tap.first = std::min(static_cast<int>(centre), std::max(0, from - 2));
      const float fraction = static_cast<float>(centre - tap.first);
      tap.weights =
          from == 1 ? std::vector<float>{1.f} : std::vector<float>{1 - fraction, fraction};
    }
  }
  return taps;
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
  const auto horizontal = resampling_taps(image.width, width);
  const auto vertical = resampling_taps(image.height, height);
  const int channels = image.channels;
  std::vector<float> rows(static_cast<size_t>(width * channels) *
                          static_cast<size_t>(image.height));
  for (int y = 0; y < image.height; ++y) {
    float* target = rows.data() + static_cast<size_t>(y) * static_cast<size_t>(width * channels);
    const uint8_t* source = image.row(y);
    for (const Taps& taps : horizontal)
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        for (size_t i = 0; i < taps.weights.size(); ++i)
          sum += taps.weights[i] * source[(taps.first + static_cast<int>(i)) * channels + c];
        *target++ = sum;
      }
  }
  Image out(width, height, channels);
  std::vector<float> sums(static_cast<size_t>(width * channels));
  for (int y = 0; y < height; ++y) {
    const Taps& taps = vertical[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.5f);  // to round
    for (size_t i = 0; i < taps.weights.size(); ++i) {
      const float* row = rows.data() + (static_cast<size_t>(taps.first) + i) * sums.size();
      for (size_t x = 0; x < sums.size(); ++x) sums[x] += taps.weights[i] * row[x];
    }
    uint8_t* target = out.row(y);
    for (size_t x = 0; x < sums.size(); ++x)
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
