// SPDX-License-Identifier: MIT
// Owns the way of a canonical crop's pixels into a frame.
#include <ganface/frame.h>

#include <algorithm>
#include <cmath>

#include "image/affine.h"
#include "image/colour_map.h"
#include "image/interpolation.h"
#include "image/pixel_box.h"

namespace ganface {
namespace {

uint8_t* sample(const Frame& frame, int component, int x, int y) {
  const Frame::Component& c = frame.components[static_cast<size_t>(component)];
  return c.data + y * c.stride + x * c.pixel_stride;
}

// All channels of a canonical image at a point of the unit square, bilinear; the border is
// repeated.
template <size_t kChannels>
std::array<float, kChannels> canonical_sample(const Image& image, Point unit) {
  const Between<double> column(unit.x * image.width - 0.5, image.width);
  const Between<double> row(unit.y * image.height - 0.5, image.height);
  const auto across = static_cast<float>(column.share), down = static_cast<float>(row.share);
  const int left = column.first * image.channels, right = column.second * image.channels;
  const uint8_t* above = image.row(row.first);
  const uint8_t* below = image.row(row.second);
  std::array<float, kChannels> values;
  for (int c = 0; c < static_cast<int>(kChannels); ++c) {
    const float upper =
        above[left + c] + across * static_cast<float>(above[right + c] - above[left + c]);
    const float lower =
        below[left + c] + across * static_cast<float>(below[right + c] - below[left + c]);
    values[static_cast<size_t>(c)] = upper + down * (lower - upper);
  }
  return values;
}

bool inside_unit_square(Point p) { return p.x >= 0 && p.x < 1 && p.y >= 0 && p.y < 1; }

// A part of the unit square.
struct Part {
  double left = 0, top = 0, right = 1, bottom = 1;
};

// What of a mask is set.
Part set_part(const Image& mask) {
  const PixelBox box = set_pixels(mask);
  const double width = mask.width, height = mask.height;
  return {box.left / width, box.top / height, box.right / width, box.bottom / height};
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
