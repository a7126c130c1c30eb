// SPDX-License-Identifier: MIT
// Owns the way between a video frame and a canonical crop.
#include <ganface/error.h>
#include <ganface/frame.h>

#include <algorithm>
#include <cmath>

namespace ganface {
namespace {

using Colour = std::array<double, 3>;

struct Point {
  double x, y;
};

Point apply(const CanonicalTransform& t, Point p) {
  return {t[0] * p.x + t[1] * p.y + t[2], t[3] * p.x + t[4] * p.y + t[5]};
}

CanonicalTransform inverse(const CanonicalTransform& t) {
  const double determinant = t[0] * t[4] - t[1] * t[3];
  if (!std::isfinite(determinant) || std::abs(determinant) < 1e-18)
    throw Error(ErrorCode::kInput, "the face's frame-to-canonical transform has no inverse");
  const double a = t[4] / determinant, b = -t[1] / determinant;
  const double c = -t[3] / determinant, d = t[0] / determinant;
  return {a, b, -(a * t[2] + b * t[5]), c, d, -(c * t[2] + d * t[5])};
}

uint8_t clamp_byte(double value) {
  return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

// Colour conversion of one frame: Y'CbCr = offset + scale * (matrix of kr, kb) (BT.601, BT.709).
struct YuvScale {
  double luma_offset, luma_scale, chroma_scale;
  explicit YuvScale(const Frame& frame)
      : luma_offset(frame.is_full_range ? 0 : 16),
        luma_scale(frame.is_full_range ? 1 : 219.0 / 255),
        chroma_scale(frame.is_full_range ? 1 : 224.0 / 255) {}
};

Colour to_yuv(const Frame& frame, const Colour& rgb) {
  const YuvScale scale(frame);
  const double y = frame.kr * rgb[0] + (1 - frame.kr - frame.kb) * rgb[1] + frame.kb * rgb[2];
  return {scale.luma_offset + scale.luma_scale * y,
          128 + scale.chroma_scale * (rgb[2] - y) / (2 * (1 - frame.kb)),
          128 + scale.chroma_scale * (rgb[0] - y) / (2 * (1 - frame.kr))};
}

Colour to_rgb(const Frame& frame, const Colour& yuv) {
  const YuvScale scale(frame);
  const double y = (yuv[0] - scale.luma_offset) / scale.luma_scale;
  const double blue = y + (yuv[1] - 128) / scale.chroma_scale * 2 * (1 - frame.kb);
  const double red = y + (yuv[2] - 128) / scale.chroma_scale * 2 * (1 - frame.kr);
  return {red, (y - frame.kr * red - frame.kb * blue) / (1 - frame.kr - frame.kb), blue};
}

// Y'CbCr to R'G'B' in 1/65536, from 8-bit samples.
struct IntegerMatrix {
  int luma, red_of_cr, green_of_cb, green_of_cr, blue_of_cb, luma_offset;

  explicit IntegerMatrix(const Frame& frame) {
    const YuvScale scale(frame);
    const double kg = 1 - frame.kr - frame.kb, chroma = 65536 / scale.chroma_scale;
    luma = static_cast<int>(std::lround(65536 / scale.luma_scale));
    luma_offset = static_cast<int>(scale.luma_offset);
    red_of_cr = static_cast<int>(std::lround(chroma * 2 * (1 - frame.kr)));
    blue_of_cb = static_cast<int>(std::lround(chroma * 2 * (1 - frame.kb)));
    green_of_cb = static_cast<int>(std::lround(chroma * 2 * (1 - frame.kb) * frame.kb / kg));
    green_of_cr = static_cast<int>(std::lround(chroma * 2 * (1 - frame.kr) * frame.kr / kg));
  }
};

uint8_t rounded_byte(int value) {
  return static_cast<uint8_t>(std::clamp((value + 32768) >> 16, 0, 255));
}

uint8_t* sample(const Frame& frame, int component, int x, int y) {
  const Frame::Component& c = frame.components[static_cast<size_t>(component)];
  return c.data + y * c.stride + x * c.pixel_stride;
}

// A component at (column, row) of its own grid, bilinear; the border is repeated.
double component_at(const Frame& frame, int component, double column, double row) {
  const int step = frame.is_yuv && component > 0 ? 2 : 1;
  const int columns = (frame.width + step - 1) / step, rows = (frame.height + step - 1) / step;
  column = std::clamp(column, 0.0, columns - 1.0);
  row = std::clamp(row, 0.0, rows - 1.0);
  const int x = static_cast<int>(column), y = static_cast<int>(row);
  const int right = std::min(x + 1, columns - 1), below = std::min(y + 1, rows - 1);
  const double fx = column - x, fy = row - y;
  return (1 - fy) * ((1 - fx) * *sample(frame, component, x, y) +
                     fx * *sample(frame, component, right, y)) +
         fy * ((1 - fx) * *sample(frame, component, x, below) +
               fx * *sample(frame, component, right, below));
}

Colour bilinear(const Frame& frame, Point p) {
  if (!frame.is_yuv)
    return {component_at(frame, 0, p.x - 0.5, p.y - 0.5),
            component_at(frame, 1, p.x - 0.5, p.y - 0.5),
            component_at(frame, 2, p.x - 0.5, p.y - 0.5)};
  const double column = (p.x - frame.chroma_x) / 2, row = (p.y - frame.chroma_y) / 2;
  return to_rgb(frame, {component_at(frame, 0, p.x - 0.5, p.y - 0.5),
                        component_at(frame, 1, column, row), component_at(frame, 2, column, row)});
}

// Channel of a canonical image at a point of the unit square, bilinear; the border is repeated.
double canonical_sample(const Image& image, Point unit, int channel) {
  const double x = std::clamp(unit.x * image.width - 0.5, 0.0, image.width - 1.0);
  const double y = std::clamp(unit.y * image.height - 0.5, 0.0, image.height - 1.0);
  const int ix = std::min(static_cast<int>(x), image.width - 2);
  const int iy = std::min(static_cast<int>(y), image.height - 2);
  const double fx = x - ix, fy = y - iy;
  const auto at = [&](int dx, int dy) {
    return double(image.row(iy + dy)[(ix + dx) * image.channels + channel]);
  };
  return (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(1, 0)) +
         fy * ((1 - fx) * at(0, 1) + fx * at(1, 1));
}

bool inside_unit_square(Point p) { return p.x >= 0 && p.x < 1 && p.y >= 0 && p.y < 1; }

// Mixes a colour into every sample of the frame that lies in the canonical crop. share(point) is 0
// to 1; colour(point) is asked for where share is above 0. Samples with share 0 are not touched.
template <typename Share, typename ColourAt>
void mix(Frame& frame, const CanonicalTransform& transform, Share share, ColourAt colour) {
  const CanonicalTransform back = inverse(transform);
  double left = frame.width, top = frame.height, right = 0, bottom = 0;
  for (const Point corner : {Point{0, 0}, Point{1, 0}, Point{0, 1}, Point{1, 1}}) {
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
    const int x_begin = std::max(0, static_cast<int>(std::floor(left / step)));
    const int x_end = std::min(columns, static_cast<int>(std::ceil(right / step)) + 1);
    const int y_begin = std::max(0, static_cast<int>(std::floor(top / step)));
    const int y_end = std::min(rows, static_cast<int>(std::ceil(bottom / step)) + 1);
    for (int y = y_begin; y < y_end; ++y)
      for (int x = x_begin; x < x_end; ++x) {
        const Point p = apply(transform, {x * step + at_x, y * step + at_y});
        if (!inside_unit_square(p)) continue;
        const double amount = share(p);
        if (amount <= 0) continue;
        const Colour target = frame.is_yuv ? to_yuv(frame, colour(p)) : colour(p);
        for (int c = first_component; c <= last_component; ++c) {
          uint8_t* value = sample(frame, c, x, y);
          *value = clamp_byte((1 - amount) * *value + amount * target[static_cast<size_t>(c)]);
        }
        if (frame.alpha.data != nullptr) {
          uint8_t& opacity =
              frame.alpha.data[y * frame.alpha.stride + x * frame.alpha.pixel_stride];
          opacity = clamp_byte((1 - amount) * opacity + amount * 255);
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

Image extract_crop(const Frame& frame, const CanonicalTransform& transform, int size) {
  const CanonicalTransform back = inverse(transform);
  // Samples per crop pixel along a side, so that shrinking averages instead of skipping pixels.
  const double frame_pixels =
      std::max(std::hypot(back[0], back[3]), std::hypot(back[1], back[4])) / size;
  const int samples = std::clamp(static_cast<int>(std::ceil(frame_pixels)), 1, 16);
  Image crop(size, size, 3);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      Colour sum{};
      for (int j = 0; j < samples; ++j)
        for (int i = 0; i < samples; ++i) {
          const Point p =
              apply(back, {(x + (i + 0.5) / samples) / size, (y + (j + 0.5) / samples) / size});
          const Colour colour = bilinear(frame, p);
          for (size_t c = 0; c < 3; ++c) sum[c] += colour[c];
        }
      for (int c = 0; c < 3; ++c)
        crop.row(y)[x * 3 + c] = clamp_byte(sum[static_cast<size_t>(c)] / (samples * samples));
    }
  return crop;
}

Image inside_frame(const Frame& frame, const CanonicalTransform& transform, int size) {
  const CanonicalTransform back = inverse(transform);
  Image inside(size, size, 1);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const Point p = apply(back, {(x + 0.5) / size, (y + 0.5) / size});
      if (p.x >= 0 && p.y >= 0 && p.x < frame.width && p.y < frame.height) inside.row(y)[x] = 255;
    }
  return inside;
}

double crop_side_in_frame(const CanonicalTransform& transform) {
  const CanonicalTransform back = inverse(transform);
  return std::sqrt(std::abs(back[0] * back[4] - back[1] * back[3]));
}

Image extract_alpha(const Frame& frame, const CanonicalTransform& transform, int size) {
  if (frame.alpha.data == nullptr)
    throw Error(ErrorCode::kInput, "the frame has no alpha channel; expected RGBA or BGRA");
  Frame opacity;
  opacity.width = frame.width;
  opacity.height = frame.height;
  opacity.components = {frame.alpha, frame.alpha, frame.alpha};
  const Image crop = extract_crop(opacity, transform, size);
  Image alpha(size, size, 1);
  for (size_t i = 0; i < alpha.pixels.size(); ++i) alpha.pixels[i] = crop.pixels[3 * i];
  return alpha;
}

Image to_image(const Frame& frame) {
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
    for (int x = 0; x < frame.width; ++x) {
      const int luma = matrix.luma * (a[x * first.pixel_stride] - matrix.luma_offset);
      const int cb = b[x / 2 * second.pixel_stride] - 128;
      const int cr = c[x / 2 * third.pixel_stride] - 128;
      target[3 * x] = rounded_byte(luma + matrix.red_of_cr * cr);
      target[3 * x + 1] = rounded_byte(luma - matrix.green_of_cb * cb - matrix.green_of_cr * cr);
      target[3 * x + 2] = rounded_byte(luma + matrix.blue_of_cb * cb);
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
    return nearest == 0 ? 0.0 : nearest == 255 ? 1.0 : canonical_sample(alpha, p, 0) / 255;
  };
  mix(frame, transform, share, [&](Point p) {
    return Colour{canonical_sample(completion, p, 0), canonical_sample(completion, p, 1),
                  canonical_sample(completion, p, 2)};
  });
}

void paint_hole(Frame& frame, const CanonicalTransform& transform, const Image& hole,
                const std::array<uint8_t, 3>& rgb) {
  mix(
      frame, transform,
      [&](Point p) {
        return hole.row(static_cast<int>(p.y * hole.height))[static_cast<int>(p.x * hole.width)] !=
                       0
                   ? 1.0
                   : 0.0;
      },
      [&](Point) {
        return Colour{double(rgb[0]), double(rgb[1]), double(rgb[2])};
      });
}

}  // namespace ganface
