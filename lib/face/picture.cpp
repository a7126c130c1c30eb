// SPDX-License-Identifier: MIT
// Owns a frame as faces are looked for in it: parts of it, at any size and tilt.
#include "face/picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "image/affine.h"
#include "image/yuv.h"

namespace ganface::face {
namespace {

// Samples of one component.
struct Plane {
  const uint8_t* data;
  ptrdiff_t stride, pixel_stride;
  int width, height;
};

// Where the pixels of a result lie in a plane, whose samples stand at whole numbers.
struct Grid {
  Point first;        // the middle of the result's first pixel
  Point right, down;  // from a pixel to the next of its row, and of its column

  double step() const { return std::max(std::hypot(right.x, right.y), std::hypot(down.x, down.y)); }
  // The same places in a plane of every second sample, `x` and `y` from the first of the other's.
  Grid halved(double x, double y) const {
    return {{(first.x - x) / 2, (first.y - y) / 2},
            {right.x / 2, right.y / 2},
            {down.x / 2, down.y / 2}};
  }
};

// How many samples a pixel is the mean of: of what shows detail up to 16, of chroma, which changes
// slowly, up to 9, or one.
enum class Detail { kFine, kChroma, kSketch };

// The same along a side. Fine detail up to four times as small is the mean of all: a network's
// input is no place for a finer texture.
int taps_of(Detail detail, double step) {
  constexpr double kSlight = 0.25;  // a bilinear sample alone does for so much more than 1
  constexpr int kMost = 4, kMostOfChroma = 2;
  const auto all = static_cast<int>(std::ceil(std::min(step, 1e3) - kSlight));
  if (detail == Detail::kSketch || all <= 1) return 1;
  if (detail == Detail::kChroma) return all <= kMost ? 2 : kMostOfChroma;
  return std::min(all, kMost);
}

// Places in 1/65536 along a row of a result.
constexpr int kBits = 16;

int64_t fixed(double place) { return std::llround(place * (1 << kBits)); }

struct Walk {
  int64_t x, y, x_step, y_step;
  ptrdiff_t ahead = 0;  // bytes from a sample to what is fetched into the cache, if anything

  Walk(Point first, Point step)
      : x(fixed(first.x)), y(fixed(first.y)), x_step(fixed(step.x)), y_step(fixed(step.y)) {}
  // Whether all of `count` places have their sample, and as many more to the right and below.
  bool is_inside(const Plane& plane, int count, int more) const {
    const auto within = [count, more](int64_t begin, int64_t step, int length) {
      const int64_t end = begin + step * (count - 1);
      return std::min(begin, end) >= 0 &&
             (std::max(begin, end) >> kBits) < static_cast<int64_t>(length) - more;
    };
    return within(x, x_step, plane.width) && within(y, y_step, plane.height);
  }
};

template <bool kInside>
ptrdiff_t sample_at(int64_t place, int length) {
  return static_cast<ptrdiff_t>(kInside ? place
                                        : std::clamp(place, int64_t{0}, int64_t{length} - 1));
}

// Adds the nearest samples to a row.
template <bool kInside>
void add_nearest(const Plane& plane, Walk walk, int count, uint32_t* sums) {
  for (int i = 0; i < count; ++i, walk.x += walk.x_step, walk.y += walk.y_step) {
    const uint8_t* sample = plane.data +
                            sample_at<kInside>(walk.y >> kBits, plane.height) * plane.stride +
                            sample_at<kInside>(walk.x >> kBits, plane.width) * plane.pixel_stride;
    sums[i] += *sample;
    if (walk.ahead != 0) __builtin_prefetch(sample + walk.ahead);
  }
}

// Adds bilinear samples to a row, in 1/256.
template <bool kInside>
void add_bilinear(const Plane& plane, Walk walk, int count, uint32_t* sums) {
  for (int i = 0; i < count; ++i, walk.x += walk.x_step, walk.y += walk.y_step) {
    const int64_t column = walk.x >> kBits, row = walk.y >> kBits;
    const auto share_x = static_cast<uint32_t>(walk.x >> (kBits - 8)) & 255;
    const auto share_y = static_cast<uint32_t>(walk.y >> (kBits - 8)) & 255;
    const uint8_t* above = plane.data + sample_at<kInside>(row, plane.height) * plane.stride;
    const uint8_t* below = plane.data + sample_at<kInside>(row + 1, plane.height) * plane.stride;
    const ptrdiff_t left = sample_at<kInside>(column, plane.width) * plane.pixel_stride;
    const ptrdiff_t right = sample_at<kInside>(column + 1, plane.width) * plane.pixel_stride;
    const uint32_t upper = above[left] * (256 - share_x) + above[right] * share_x;
    const uint32_t lower = below[left] * (256 - share_x) + below[right] * share_x;
    sums[i] += (upper * (256 - share_y) + lower * share_y) >> 8;
  }
}

// The means of samples of a plane, row by row of a result.
class Averages {
 public:
  Averages(const Plane& plane, const Grid& grid, int width, Detail detail)
      : plane_(plane),
        grid_(grid),
        width_(width),
        taps_(taps_of(detail, grid.step())),
        is_bilinear_(taps_ == 1 || (taps_ == 2 && detail == Detail::kFine)),
        is_upright_(grid.right.y == 0 && grid.down.x == 0 &&
                    (taps_ > 1 || (grid.right.x == 1 && grid.down.y == 1))),
        sums_(static_cast<size_t>(width)) {
    if (!is_upright_) return;
    // Where the samples of a row are is the same for each row.
    columns_.resize(static_cast<size_t>(width * taps_));
    for (int tap = 0; tap < taps_; ++tap)
      for (int x = 0; x < width_; ++x)
        columns_[static_cast<size_t>(tap * width + x)] = static_cast<int32_t>(
            nearest(grid.first.x, grid.right.x, x, tap, plane.width) * plane.pixel_stride);
    const auto [least, most] = std::minmax_element(columns_.begin(), columns_.end());
    first_column_ = *least;
    stretch_.resize(static_cast<size_t>(*most - *least + 1));
    for (int32_t& column : columns_) column -= first_column_;
  }

  void row(int y, float* result) {
    std::fill(sums_.begin(), sums_.end(), 0);
    const float share = is_upright_ ? add_upright(y) : add_tilted(y);
    for (int x = 0; x < width_; ++x)
      result[x] = static_cast<float>(sums_[static_cast<size_t>(x)]) * share;
  }

 private:
  ptrdiff_t nearest(double first, double step, int i, int tap, int length) const {
    const double place = first + step * (i + (tap + 0.5) / taps_ - 0.5);
    return static_cast<ptrdiff_t>(std::clamp(std::lround(place), 0L, length - 1L));
  }

  // Each returns what a sum is to be multiplied by.
  float add_upright(int y) {
    // Whole stretches of the rows first: that is quick, and leaves fewer samples to pick out.
    std::fill(stretch_.begin(), stretch_.end(), uint16_t{0});
    uint16_t* stretch = stretch_.data();
    const size_t length = stretch_.size();
    for (int down = 0; down < taps_; ++down) {
      const uint8_t* row =
          plane_.data + first_column_ +
          nearest(grid_.first.y, grid_.down.y, y, down, plane_.height) * plane_.stride;
      for (size_t i = 0; i < length; ++i) stretch[i] = static_cast<uint16_t>(stretch[i] + row[i]);
    }
    for (int tap = 0; tap < taps_; ++tap) {
      const int32_t* at = columns_.data() + tap * width_;
      for (int x = 0; x < width_; ++x) sums_[static_cast<size_t>(x)] += stretch[at[x]];
    }
    return 1 / static_cast<float>(taps_ * taps_);
  }

  float add_tilted(int y) {
    const double half = is_bilinear_ ? 0 : 0.5;  // the nearest sample is what is then below
    for (int tap = 0; tap < taps_ * taps_; ++tap) {
      const double u = (tap % taps_ + 0.5) / taps_ - 0.5, v = y + (tap / taps_ + 0.5) / taps_ - 0.5;
      Walk walk({grid_.first.x + u * grid_.right.x + v * grid_.down.x + half,
                 grid_.first.y + u * grid_.right.y + v * grid_.down.y + half},
                grid_.right);
      // A large frame is not in the cache: what is read two rows of samples on is on its way then.
      if (tap % taps_ == 0) walk.ahead = std::lround(2 * grid_.down.y / taps_) * plane_.stride;
      const bool is_inside = walk.is_inside(plane_, width_, is_bilinear_ ? 1 : 0);
      const auto add = is_bilinear_ ? is_inside ? add_bilinear<true> : add_bilinear<false>
                       : is_inside ? add_nearest<true>
                                    : add_nearest<false>;
      add(plane_, walk, width_, sums_.data());
    }
    return 1 / static_cast<float>(taps_ * taps_ * (is_bilinear_ ? 256 : 1));
  }

  const Plane plane_;
  const Grid grid_;
  const int width_, taps_;
  const bool is_bilinear_;
  const bool is_upright_;
  int32_t first_column_ = 0;
  std::vector<int32_t> columns_;  // from the first
  std::vector<uint16_t> stretch_;
  std::vector<uint32_t> sums_;
};

Plane plane_of(const FrameView& frame, size_t component) {
  const FrameView::Component& samples = frame.components[component];
  const bool is_halved = frame.is_yuv && component > 0;
  return {samples.data, samples.stride, samples.pixel_stride,
          is_halved ? (frame.width + 1) / 2 : frame.width,
          is_halved ? (frame.height + 1) / 2 : frame.height};
}

uint8_t byte_of(float value) { return static_cast<uint8_t>(std::clamp(value + 0.5f, 0.f, 255.f)); }

// A row of Y'CbCr becomes one of R'G'B'.
class RowConversion {
 public:
  explicit RowConversion(const FrameFormat& format) {
    const IntegerMatrix matrix(format);
    const auto part = [](int number) { return static_cast<float>(number) / 65536; };
    luma_ = part(matrix.luma);
    red_ = part(matrix.red_of_cr);
    green_cb_ = part(matrix.green_of_cb);
    green_cr_ = part(matrix.green_of_cr);
    blue_ = part(matrix.blue_of_cb);
    black_ = static_cast<float>(matrix.luma_offset);
  }
  void convert(float* first, float* second, float* third, int count) const {
    for (int i = 0; i < count; ++i) {
      const float luma = luma_ * (first[i] - black_), cb = second[i] - 128, cr = third[i] - 128;
      first[i] = luma + red_ * cr;
      second[i] = luma - green_cb_ * cb - green_cr_ * cr;
      third[i] = luma + blue_ * cb;
    }
  }

 private:
  float luma_, red_, green_cb_, green_cr_, blue_, black_;
};

// What stands at the grid's places of the frame.
Image sampled(const FrameView& frame, const Grid& grid, int width, int height,
              Detail detail = Detail::kFine) {
  // A chroma sample stands `chroma_x` into its block, a luma one half a pixel into its own.
  const Grid chroma = frame.is_yuv ? grid.halved(frame.chroma_x - 0.5, frame.chroma_y - 0.5) : grid;
  const Detail rest = frame.is_yuv && detail == Detail::kFine ? Detail::kChroma : detail;
  Averages first(plane_of(frame, 0), grid, width, detail);
  Averages second(plane_of(frame, 1), chroma, width, rest),
      third(plane_of(frame, 2), chroma, width, rest);
  const RowConversion conversion(frame);
  std::vector<float> rows(static_cast<size_t>(width) * 3);
  float* a = rows.data();
  float *b = a + width, *c = b + width;
  Image image(width, height, 3);
  for (int y = 0; y < height; ++y) {
    first.row(y, a);
    second.row(y, b);
    third.row(y, c);
    if (frame.is_yuv) conversion.convert(a, b, c, width);
    uint8_t* row = image.row(y);
    for (int x = 0; x < width; ++x) {
      row[3 * x] = byte_of(a[x]);
      row[3 * x + 1] = byte_of(b[x]);
      row[3 * x + 2] = byte_of(c[x]);
    }
  }
  return image;
}

// `step` x `step` pixels of the picture, from (left, top) of it.
Grid upright(const FrameView& frame, double left, double top, double step) {
  const double share = 1 / frame.pixel_aspect;
  return {{share * (left + step / 2) - 0.5, top + step / 2 - 0.5}, {share * step, 0}, {0, step}};
}

}  // namespace

CanonicalTransform Picture::to_frame(const CanonicalTransform& t) const {
  const double stretch = frame_.pixel_aspect;
  return {t[0] * stretch, t[1], t[2], t[3] * stretch, t[4], t[5]};
}

CanonicalTransform Picture::to_picture(const CanonicalTransform& t) const {
  const double stretch = frame_.pixel_aspect;
  return {t[0] / stretch, t[1], t[2], t[3] / stretch, t[4], t[5]};
}

Image Picture::cut(const CanonicalTransform& transform, double span, int size) const {
  const CanonicalTransform back = inverse(transform);
  const double step = span / size, first = 0.5 + span * (0.5 / size - 0.5);
  const Point middle = apply(back, {first, first});
  return sampled(frame_,
                 {{middle.x - 0.5, middle.y - 0.5},
                  {back[0] * step, back[3] * step},
                  {back[1] * step, back[4] * step}},
                 size, size);
}

Image Picture::shrunk(double left, double top, double step, int width, int height) const {
  return sampled(frame_, upright(frame_, left, top, step), width, height);
}

Image Picture::sketch(int pixels) const {
  const double step = std::sqrt(width() * height() / pixels);
  const auto count = [step](double length) { return std::max(1, static_cast<int>(length / step)); };
  return sampled(frame_, upright(frame_, 0, 0, step), count(width()), count(height()),
                 Detail::kSketch);
}

Image Picture::rgb() const {
  return shrunk(0, 0, 1, std::max(1, static_cast<int>(std::lround(width()))), frame_.height);
}

Image Picture::grey() const {
  const int columns = std::max(1, static_cast<int>(std::lround(width())));
  Image grey(columns, frame_.height, 1);
  if (frame_.is_yuv) {
    Averages luma(plane_of(frame_, 0), upright(frame_, 0, 0, 1), columns, Detail::kFine);
    std::vector<float> row(static_cast<size_t>(columns));
    for (int y = 0; y < frame_.height; ++y) {
      luma.row(y, row.data());
      std::transform(row.begin(), row.end(), grey.row(y), byte_of);
    }
    return grey;
  }
  const Image rgb = this->rgb();
  for (size_t i = 0; i < grey.pixels.size(); ++i)
    // Rec. 601 in 1/256.
    grey.pixels[i] = static_cast<uint8_t>(
        (77 * rgb.pixels[3 * i] + 150 * rgb.pixels[3 * i + 1] + 29 * rgb.pixels[3 * i + 2]) >> 8);
  return grey;
}

}  // namespace ganface::face
