// SPDX-License-Identifier: MIT
// Owns canonical crops of a frame: their pixels, and what of them the frame shows.
#include <ganface/error.h>
#include <ganface/frame.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "image/affine.h"
#include "image/colour_map.h"

namespace ganface {
namespace {

// Shrinking by no more than this, beside 1, needs no average.
constexpr double kSlight = 0.25;

// Places along a line between the samples of a plane, as Between, for many points at once.
struct Places {
  std::vector<int> first;
  std::vector<float> share;

  // Of `begin`, `begin` + `step`, ...
  void set(float begin, float step, int count) {
    const auto most = static_cast<float>(count - 1);
    const float last = std::max(most - 1, 0.f);
    int* firsts = first.data();
    float* shares = share.data();
    const int points = static_cast<int>(first.size());
    for (int i = 0; i < points; ++i) {
      const float place = std::min(std::max(begin + step * static_cast<float>(i), 0.f), most);
      const int own = static_cast<int>(std::min(place, last));
      firsts[i] = own;
      shares[i] = place - static_cast<float>(own);
    }
  }
};

// A frame's components along lines of points, bilinear; the border is repeated.
class FrameLines {
 public:
  FrameLines(const FrameView& frame, int points) : frame_(frame) {
    for (Places* places : {&columns_, &rows_}) {
      places->first.resize(static_cast<size_t>(points));
      places->share.resize(static_cast<size_t>(points));
    }
  }

  // Adds the components at `begin`, `begin` + `step`, ... (pixels), each of them to one of the sums
  // after the other, `samples` of them to each.
  void add(Point begin, Point step, int samples, std::vector<Colour>& sums) {
    place(begin, step, 0.5, 0.5, 1, frame_.width, frame_.height);
    add_component(0, frame_.width, frame_.height, samples, sums);
    const int shrink = frame_.is_yuv ? 2 : 1;
    const int width = (frame_.width + shrink - 1) / shrink;
    const int height = (frame_.height + shrink - 1) / shrink;
    if (frame_.is_yuv) place(begin, step, frame_.chroma_x, frame_.chroma_y, 2, width, height);
    add_component(1, width, height, samples, sums);
    add_component(2, width, height, samples, sums);
  }

 private:
  void place(Point begin, Point step, double left, double top, double size, int width, int height) {
    const auto number = [size](double value) { return static_cast<float>(value / size); };
    columns_.set(number(begin.x - left), number(step.x), width);
    rows_.set(number(begin.y - top), number(step.y), height);
  }

  void add_component(size_t component, int width, int height, int samples,
                     std::vector<Colour>& sums) const {
    const FrameView::Component& plane = frame_.components[component];
    const ptrdiff_t right = width > 1 ? plane.pixel_stride : 0;
    const ptrdiff_t below = height > 1 ? plane.stride : 0;
    size_t i = 0;
    for (Colour& sum : sums)
      for (int n = 0; n < samples; ++n, ++i) {
        const uint8_t* at =
            plane.data + rows_.first[i] * plane.stride + columns_.first[i] * plane.pixel_stride;
        const float column = columns_.share[i];
        const float upper = at[0] + column * static_cast<float>(at[right] - at[0]);
        const float lower = at[below] + column * static_cast<float>(at[below + right] - at[below]);
        sum[component] += upper + rows_.share[i] * (lower - upper);
      }
  }

  const FrameView& frame_;
  Places columns_, rows_;
};

}  // namespace

Image extract_crop(const FrameView& frame, const CanonicalTransform& transform, int width,
                   int height) {
  const CanonicalTransform back = inverse(transform);
  // Samples per crop pixel along a side, so that shrinking averages instead of skipping pixels. A
  // bilinear sample alone does for a little of it.
  const double frame_pixels =
      std::max(std::hypot(back[0], back[3]) / width, std::hypot(back[1], back[4]) / height);
  // A crop that reaches far beyond the frame shows nothing there that is worth more of them.
  const int most =
      std::min(16, 1 + 2 * std::max(frame.width, frame.height) / std::max(width, height));
  const int samples = std::clamp(static_cast<int>(std::ceil(frame_pixels - kSlight)), 1, most);
  const double shares = 1.0 / samples;
  const Point step{back[0] * shares / width, back[3] * shares / width};
  const ColourMap map(frame);
  FrameLines lines(frame, width * samples);
  std::vector<Colour> sums(static_cast<size_t>(width));
  const auto count = static_cast<float>(samples * samples);
  Image crop(width, height, 3);
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), Colour{});
    for (int j = 0; j < samples; ++j)
      lines.add(apply(back, {0.5 * shares / width, (y + (j + 0.5) * shares) / height}), step,
                samples, sums);
    uint8_t* target = crop.row(y);
    for (Colour& sum : sums) {
      for (float& component : sum) component /= count;
      for (const float value : map.rgb(sum)) *target++ = clamp_byte(value);
    }
  }
  return crop;
}

Image inside_frame(const FrameView& frame, const CanonicalTransform& transform, int width,
                   int height) {
  const CanonicalTransform back = inverse(transform);
  Image inside(width, height, 1);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const Point p = apply(back, {(x + 0.5) / width, (y + 0.5) / height});
      if (p.x >= 0 && p.y >= 0 && p.x < frame.width && p.y < frame.height) inside.row(y)[x] = 255;
    }
  return inside;
}

Image transparent_hole(const FrameView& frame, const CanonicalTransform& transform, int size) {
  constexpr uint8_t kOpaque = 128;
  if (frame.alpha.data == nullptr)
    throw Error(ErrorCode::kInput, "the frame has no alpha channel; expected RGBA or BGRA");
  inverse(transform);  // refuses what has none
  const auto cell = [size](double place) {
    return static_cast<int>(std::clamp(std::floor(place * size), -1.0, double(size)));
  };
  // What a pixel touches, but for the very edge, and what a bilinear sample there mixes.
  const auto reach = [size](double along_x, double along_y) {
    return 0.499 * std::max(std::abs(along_x) + std::abs(along_y), 1.0 / size);
  };
  const double reach_x = reach(transform[0], transform[1]);
  const double reach_y = reach(transform[3], transform[4]);
  Image hole(size, size, 1);
  for (int y = 0; y < frame.height; ++y) {
    const uint8_t* opacity = frame.alpha.data + y * frame.alpha.stride;
    for (int x = 0; x < frame.width; ++x) {
      if (opacity[x * frame.alpha.pixel_stride] >= kOpaque) continue;
      const Point middle = apply(transform, {x + 0.5, y + 0.5});
      const int right = std::min(size - 1, cell(middle.x + reach_x));
      const int bottom = std::min(size - 1, cell(middle.y + reach_y));
      for (int row = std::max(0, cell(middle.y - reach_y)); row <= bottom; ++row)
        for (int column = std::max(0, cell(middle.x - reach_x)); column <= right; ++column)
          hole.row(row)[column] = 255;
    }
  }
  return hole;
}

}  // namespace ganface
