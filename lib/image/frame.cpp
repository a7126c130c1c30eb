// SPDX-License-Identifier: MIT
// Owns the way between a video frame and a canonical crop.
#include <ganface/error.h>
#include <ganface/frame.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "image/affine.h"
#include "image/yuv.h"

namespace ganface {
namespace {

using Colour = std::array<float, 3>;

// Shrinking by no more than this, beside 1, needs no average.
constexpr double kSlight = 0.25;

uint8_t clamp_byte(float value) {
  return static_cast<uint8_t>(std::clamp(value + 0.5f, 0.f, 255.f));
}

// A frame's components to R'G'B' and back: nothing to do unless it is Y'CbCr.
class ColourMap {
 public:
  explicit ColourMap(const FrameFormat& frame)
      : is_yuv_(frame.is_yuv),
        kr_(static_cast<float>(frame.kr)),
        kb_(static_cast<float>(frame.kb)) {
    const YuvScale scale(frame);
    luma_offset_ = static_cast<float>(scale.luma_offset);
    luma_scale_ = static_cast<float>(scale.luma_scale);
    cb_scale_ = static_cast<float>(scale.chroma_scale / (2 * (1 - frame.kb)));
    cr_scale_ = static_cast<float>(scale.chroma_scale / (2 * (1 - frame.kr)));
    of_luma_ = 1 / luma_scale_;
    of_cb_ = 1 / cb_scale_;
    of_cr_ = 1 / cr_scale_;
    of_green_ = 1 / (1 - kr_ - kb_);
  }
  Colour components(const Colour& rgb) const {
    if (!is_yuv_) return rgb;
    const float y = kr_ * rgb[0] + (1 - kr_ - kb_) * rgb[1] + kb_ * rgb[2];
    return {luma_offset_ + luma_scale_ * y, 128 + cb_scale_ * (rgb[2] - y),
            128 + cr_scale_ * (rgb[0] - y)};
  }
  Colour rgb(const Colour& components) const {
    if (!is_yuv_) return components;
    const float y = (components[0] - luma_offset_) * of_luma_;
    const float blue = y + (components[1] - 128) * of_cb_;
    const float red = y + (components[2] - 128) * of_cr_;
    return {red, (y - kr_ * red - kb_ * blue) * of_green_, blue};
  }

 private:
  bool is_yuv_;
  float kr_, kb_, luma_offset_, luma_scale_, cb_scale_, cr_scale_;
  float of_luma_ = 1, of_cb_ = 1, of_cr_ = 1, of_green_ = 1;  // what it takes back
};

uint8_t rounded_byte(int value) {
  return static_cast<uint8_t>(std::clamp((value + 32768) >> 16, 0, 255));
}

uint8_t* sample(const Frame& frame, int component, int x, int y) {
  const Frame::Component& c = frame.components[static_cast<size_t>(component)];
  return c.data + y * c.stride + x * c.pixel_stride;
}

// The place of a bilinear sample between the first and the last of a row or column of `count`; the
// border is repeated.
struct Between {
  int first, step;  // of the two samples, and the way to the second
  float share;      // of the second

  Between(double place, int count) {
    const double inside = std::clamp(place, 0.0, count - 1.0);
    first = static_cast<int>(inside);
    step = first + 1 < count ? 1 : 0;
    share = static_cast<float>(inside - first);
  }
};

// A grid of samples, bilinear.
class Samples {
 public:
  Samples(const uint8_t* data, ptrdiff_t stride, ptrdiff_t pixel_stride)
      : data_(data), stride_(stride), pixel_stride_(pixel_stride) {}
  float at(const Between& column, const Between& row) const {
    const uint8_t* above = data_ + row.first * stride_ + column.first * pixel_stride_;
    const uint8_t* below = above + row.step * stride_;
    const ptrdiff_t right = column.step * pixel_stride_;
    const float upper = above[0] + column.share * static_cast<float>(above[right] - above[0]);
    const float lower = below[0] + column.share * static_cast<float>(below[right] - below[0]);
    return upper + row.share * (lower - upper);
  }

 private:
  const uint8_t* data_;
  ptrdiff_t stride_, pixel_stride_;
};

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

// All channels of a canonical image at a point of the unit square, bilinear; the border is
// repeated.
template <size_t kChannels>
std::array<float, kChannels> canonical_sample(const Image& image, Point unit) {
  const Between column(unit.x * image.width - 0.5, image.width);
  const Between row(unit.y * image.height - 0.5, image.height);
  std::array<float, kChannels> values;
  for (size_t c = 0; c < kChannels; ++c)
    values[c] =
        Samples(image.pixels.data() + c, ptrdiff_t{image.width} * image.channels, image.channels)
            .at(column, row);
  return values;
}

bool inside_unit_square(Point p) { return p.x >= 0 && p.x < 1 && p.y >= 0 && p.y < 1; }

// A part of the unit square.
struct Part {
  double left = 0, top = 0, right = 1, bottom = 1;
};

// What of a mask is set.
Part set_part(const Image& mask) {
  int left = mask.width, top = mask.height, right = 0, bottom = 0;
  for (int y = 0; y < mask.height; ++y) {
    const uint8_t* row = mask.row(y);
    const auto is_set = [](uint8_t pixel) { return pixel != 0; };
    const int first = static_cast<int>(std::find_if(row, row + mask.width, is_set) - row);
    if (first == mask.width) continue;
    int last = mask.width - 1;
    while (row[last] == 0) --last;
    left = std::min(left, first);
    right = std::max(right, last + 1);
    top = std::min(top, y);
    bottom = y + 1;
  }
  const double width = mask.width, height = mask.height;
  return {left / width, top / height, right / width, bottom / height};
}

// Mixes a colour into every sample of the frame that lies in a part of the canonical crop.
// share(point) is 0 to 1, and 0 beside the part; colour(point) is asked for where share is above 0.
// Samples with share 0 are not touched.
template <typename Share, typename ColourAt>
void mix(Frame& frame, const CanonicalTransform& transform, const Part& part, Share share,
         ColourAt colour) {
  const CanonicalTransform back = inverse(transform);
  const ColourMap map(frame);
  double left = frame.width, top = frame.height, right = 0, bottom = 0;
  for (const Point corner : {Point{part.left, part.top}, Point{part.right, part.top},
                             Point{part.left, part.bottom}, Point{part.right, part.bottom}}) {
    const Point p = apply(back, corner);
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  // The samples of some components, which stand `at_x`, `at_y` pixels into their blocks of
  // step x step pixels.
  const auto blend_samples = [&](int first_component, int last_component, int step, double at_x,
                                 double at_y) {
    const int columns = (frame.width + step - 1) / step, rows = (frame.height + step - 1) / step;
    // A corner may lie farther away than an int counts.
    const auto within = [](double place, int most) {
      return static_cast<int>(std::clamp(place, 0.0, static_cast<double>(most)));
    };
    const int x_begin = within(std::floor(left / step), columns);
    const int x_end = within(std::ceil(right / step) + 1, columns);
    const int y_begin = within(std::floor(top / step), rows);
    const int y_end = within(std::ceil(bottom / step) + 1, rows);
    for (int y = y_begin; y < y_end; ++y)
      for (int x = x_begin; x < x_end; ++x) {
        const Point p = apply(transform, {x * step + at_x, y * step + at_y});
        if (!inside_unit_square(p)) continue;
        const float amount = share(p);
        if (amount <= 0) continue;
        const Colour target = map.components(colour(p));
        for (int c = first_component; c <= last_component; ++c) {
          uint8_t* value = sample(frame, c, x, y);
          *value = clamp_byte((1 - amount) * static_cast<float>(*value) +
                              amount * target[static_cast<size_t>(c)]);
        }
        if (frame.alpha.data != nullptr) {
          uint8_t& opacity =
              frame.alpha.data[y * frame.alpha.stride + x * frame.alpha.pixel_stride];
          opacity = clamp_byte((1 - amount) * static_cast<float>(opacity) + amount * 255);
        }
      }
  };
  if (frame.is_yuv) {
    blend_samples(0, 0, 1, 0.5, 0.5);
    blend_samples(1, 2, 2, frame.chroma_x, frame.chroma_y);
  } else {
    blend_samples(0, 2, 1, 0.5, 0.5);
  }
}

}  // namespace

CanonicalTransform inverse(const CanonicalTransform& t) {
  constexpr double kMost = 1e9;  // of a number whose pixels can be counted
  const auto usable = [](const CanonicalTransform& numbers) {
    return std::all_of(numbers.begin(), numbers.end(),
                       [](double number) { return std::abs(number) < kMost; });
  };
  const double determinant = t[0] * t[4] - t[1] * t[3];
  const double a = t[4] / determinant, b = -t[1] / determinant;
  const double c = -t[3] / determinant, d = t[0] / determinant;
  const CanonicalTransform back{a, b, -(a * t[2] + b * t[5]), c, d, -(c * t[2] + d * t[5])};
  if (usable(t) && usable(back)) return back;
  std::string numbers;
  for (const double number : t) numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
  throw Error(ErrorCode::kInput, "the face's frame-to-canonical transform (" + numbers +
                                     ") has no inverse; expected one that takes the frame's pixels "
                                     "of the face to the unit square");
}

Frame::operator FrameView() const {
  FrameView view;
  static_cast<FrameFormat&>(view) = *this;
  for (size_t c = 0; c < 3; ++c)
    view.components[c] = {components[c].data, components[c].stride, components[c].pixel_stride};
  view.alpha = {alpha.data, alpha.stride, alpha.pixel_stride};
  return view;
}

FrameView frame_of(const ImageView& image) {
  if (image.channels != 1 && image.channels != 3)
    throw Error(ErrorCode::kInput, "an image of " + std::to_string(image.channels) +
                                       " channels is no frame; expected 1 (grey) or 3 (RGB)");
  FrameView frame;
  frame.width = image.width;
  frame.height = image.height;
  for (int c = 0; c < 3; ++c)
    frame.components[static_cast<size_t>(c)] = {image.data + c % image.channels, image.stride,
                                                image.channels};
  return frame;
}

Frame frame_of(Image& rgb) {
  Frame frame;
  frame.width = rgb.width;
  frame.height = rgb.height;
  for (size_t c = 0; c < 3; ++c)
    frame.components[c] = {rgb.pixels.data() + c, ptrdiff_t{rgb.width} * 3, 3};
  return frame;
}

CanonicalTransform transform_of_box(double left, double top, double width, double height) {
  return {1 / width, 0, -left / width, 0, 1 / height, -top / height};
}

Image extract_crop(const FrameView& frame, const CanonicalTransform& transform, int width,
                   int height) {
  const CanonicalTransform back = inverse(transform);
  // Samples per crop pixel along a side, so that shrinking averages instead of skipping pixels. A
  // bilinear sample alone does for a little of it.
  const double frame_pixels =
      std::max(std::hypot(back[0], back[3]) / width, std::hypot(back[1], back[4]) / height);
  const int samples = std::clamp(static_cast<int>(std::ceil(frame_pixels - kSlight)), 1, 16);
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

double crop_side_in_frame(const CanonicalTransform& transform) {
  const CanonicalTransform back = inverse(transform);
  return std::sqrt(std::abs(back[0] * back[4] - back[1] * back[3]));
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

Image to_image(const FrameView& frame) {
  Image image(frame.width, frame.height, 3);
  const auto& [first, second, third] = frame.components;
  const IntegerMatrix matrix(frame);
  for (int y = 0; y < frame.height; ++y) {
    uint8_t* target = image.row(y);
    const int chroma_row = frame.is_yuv ? y / 2 : y;
    const uint8_t* a = first.data + y * first.stride;
    const uint8_t* b = second.data + chroma_row * second.stride;
    const uint8_t* c = third.data + chroma_row * third.stride;
    if (!frame.is_yuv) {
      for (int x = 0; x < frame.width; ++x) {
        target[3 * x] = a[x * first.pixel_stride];
        target[3 * x + 1] = b[x * second.pixel_stride];
        target[3 * x + 2] = c[x * third.pixel_stride];
      }
      continue;
    }
    for (int x = 0; x < frame.width; x += 2, b += second.pixel_stride, c += third.pixel_stride) {
      const int cb = *b - 128, cr = *c - 128;
      const int red = matrix.red_of_cr * cr, blue = matrix.blue_of_cb * cb;
      const int green = matrix.green_of_cb * cb + matrix.green_of_cr * cr;
      const int end = std::min(x + 2, frame.width);
      for (int pixel = x; pixel < end; ++pixel, a += first.pixel_stride, target += 3) {
        const int luma = matrix.luma * (*a - matrix.luma_offset);
        target[0] = rounded_byte(luma + red);
        target[1] = rounded_byte(luma - green);
        target[2] = rounded_byte(luma + blue);
      }
    }
  }
  return image;
}

void composite_crop(Frame& frame, const CanonicalTransform& transform, const Image& completion,
                    const Image& alpha) {
  // Whole shares keep to their pixels: a bilinear edge would let an occluder shine through at the
  // border of the hole, and touch samples outside it.
  const auto share = [&](Point p) {
    const uint8_t nearest =
        alpha.row(static_cast<int>(p.y * alpha.height))[static_cast<int>(p.x * alpha.width)];
    return nearest == 0 ? 0.f : nearest == 255 ? 1.f : canonical_sample<1>(alpha, p)[0] / 255;
  };
  mix(frame, transform, set_part(alpha), share,
      [&](Point p) { return canonical_sample<3>(completion, p); });
}

void paint_hole(Frame& frame, const CanonicalTransform& transform, const Image& hole,
                const std::array<uint8_t, 3>& rgb) {
  mix(
      frame, transform, set_part(hole),
      [&](Point p) {
        return hole.row(static_cast<int>(p.y * hole.height))[static_cast<int>(p.x * hole.width)] !=
                       0
                   ? 1.f
                   : 0.f;
      },
      [&](Point) {
        return Colour{float(rgb[0]), float(rgb[1]), float(rgb[2])};
      });
}

}  // namespace ganface
