// SPDX-License-Identifier: MIT
// Owns how pictures of a face are carried from frame to frame: moved and relit by their matches
// with one reference.
#include "video/reference_motion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "image/interpolation.h"
#include "repair/damage.h"

namespace ganface::video {
namespace {

using repair::at_side;

// Of a frame's repair, how much the last one stays where both show the same, and of 255 the
// difference at which that has fallen to a third.
constexpr float kSteadiness = 0.93f, kChange = 40;

// Light changes slowly: more from one frame to the next is the match's error, and would add up.
constexpr float kLightStep = 1.03f, kShadeStep = 3;  // gain, and levels of 255

constexpr size_t kCells = size_t{ReferenceMatch::kCells} * ReferenceMatch::kCells;

// A place of the crop (sides) on a match's grid, for bilinear interpolation.
struct GridPlace {
  Between<float> column, row;

  GridPlace(float x, float y) : column(between(x)), row(between(y)) {}
  static Between<float> between(float place) {
    return {place * ReferenceMatch::kCells - 0.5f, ReferenceMatch::kCells};
  }
  float mix(float a, float b, float c, float d) const {
    const float fx = column.share, fy = row.share;
    return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy;
  }
  float of(const float* field) const {
    const float* upper = field + row.first * ReferenceMatch::kCells;
    const float* lower = field + row.second * ReferenceMatch::kCells;
    return mix(upper[column.first], upper[column.second], lower[column.first],
               lower[column.second]);
  }
};

// A value that changes evenly over the crop (sides).
struct Plane {
  float middle = 0, along_x = 0, along_y = 0;

  float at(float x, float y) const { return middle + along_x * (x - 0.5f) + along_y * (y - 0.5f); }
};

// The planes that come nearest to fields of a match's cells. From one frame to the next a face
// moves nearly as a whole, and what is noise in the cells would shake what is carried on.
template <size_t kFields>
std::array<Plane, kFields> planes_of(const std::vector<std::array<float, kFields>>& fields) {
  constexpr int kSide = ReferenceMatch::kCells;
  std::array<Plane, kFields> planes;
  float squares = 0;
  for (int v = 0; v < kSide; ++v)
    for (int u = 0; u < kSide; ++u) {
      const float x = (static_cast<float>(u) + 0.5f) / kSide - 0.5f;
      const float y = (static_cast<float>(v) + 0.5f) / kSide - 0.5f;
      const auto& cell = fields[static_cast<size_t>(v * kSide + u)];
      squares += x * x;
      for (size_t i = 0; i < kFields; ++i) {
        planes[i].middle += cell[i] / kCells;
        planes[i].along_x += x * cell[i];
        planes[i].along_y += y * cell[i];
      }
    }
  for (Plane& plane : planes) {
    plane.along_x /= squares;
    plane.along_y /= squares;
  }
  return planes;
}

// The pixels about a place of a row or column of `side`: what is moved a little in every frame must
// not get softer each time, nor sharper.
CubicTaps<float> taps_at(float place, int side) {
  return {kKeysCubic, std::clamp(place, 0.f, static_cast<float>(side - 1)), side};
}

// The last completion as it would look now: moved and relit as the face was since, which its
// matches with the same reference tell. Without matches it stays as it is.
Image carried_on(const Image& last, const ReferenceMatch& then, const ReferenceMatch& now,
                 const Image& where) {
  if (then.flow.empty() || now.flow.empty()) return last;
  // The way back to the last frame (x, y), then gain and offset of each colour.
  std::vector<std::array<float, 8>> fields(kCells);
  for (size_t cell = 0; cell < kCells; ++cell) {
    for (size_t axis = 0; axis < 2; ++axis)
      fields[cell][axis] = now.flow[axis * kCells + cell] - then.flow[axis * kCells + cell];
    for (size_t c = 0; c < 3; ++c) {
      const size_t i = c * kCells + cell;
      const float gain = std::clamp(now.gain[i] / then.gain[i], 1 / kLightStep, kLightStep);
      fields[cell][2 + c] = gain;
      // What the light does to a middle grey, and nothing else, moves the offset.
      const float grey =
          std::clamp((now.offset[i] - gain * then.offset[i]) * 127.5f, -kShadeStep, kShadeStep);
      fields[cell][5 + c] = (1 - gain) * 127.5f + grey;
    }
  }
  const std::array<Plane, 8> planes = planes_of(fields);
  Image carried = last;
  const int side = last.width;
  const auto length = static_cast<float>(side);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      if (where.row(y)[x] == 0) continue;
      std::array<float, 8> field;
      for (size_t i = 0; i < field.size(); ++i)
        field[i] = planes[i].at((static_cast<float>(x) + 0.5f) / length,
                                (static_cast<float>(y) + 0.5f) / length);
      const CubicTaps<float> across = taps_at(static_cast<float>(x) + field[0] * length, side);
      const CubicTaps<float> down = taps_at(static_cast<float>(y) + field[1] * length, side);
      for (int c = 0; c < 3; ++c) {
        float value = 0;
        for (size_t v = 0; v < 4; ++v) {
          const uint8_t* row = last.row(down.samples[v]) + c;
          float sum = 0;
          for (size_t u = 0; u < 4; ++u)
            sum += across.weights[u] * static_cast<float>(row[3 * across.samples[u]]);
          value += down.weights[v] * sum;
        }
        const auto colour = static_cast<size_t>(c);
        carried.row(y)[3 * x + c] = static_cast<uint8_t>(
            std::clamp(value * field[2 + colour] + field[5 + colour] + 0.5f, 0.f, 255.f));
      }
    }
  return carried;
}

}  // namespace

double mean_flow(const ReferenceMatch& match) {
  double sum = 0;
  for (size_t i = 0; i < kCells; ++i)
    sum += std::hypot(match.flow[i], match.flow[i + kCells]) / kCells;
  return sum;
}

void steady(const Image& last_completion, const ReferenceMatch& last_match, const Image& whole_hole,
            RepairedFace& repaired) {
  const int side = repaired.completion.width;
  const Image hole = at_side(whole_hole, side);
  const Image last = carried_on(at_side(last_completion, side), last_match, repaired.match, hole);
  // How much each part has changed, seen coarsely, so that noise does not count.
  constexpr int kCoarse = 32;
  const Image before = resize(last.view(), kCoarse, kCoarse);
  const Image now = resize(repaired.completion.view(), kCoarse, kCoarse);
  Image share(kCoarse, kCoarse, 1);
  for (size_t i = 0; i < share.pixels.size(); ++i) {
    int difference = 0;
    for (size_t c = 0; c < 3; ++c)
      difference = std::max(difference, std::abs(before.pixels[3 * i + c] - now.pixels[3 * i + c]));
    const float step = static_cast<float>(difference) / kChange;
    share.pixels[i] = static_cast<uint8_t>(255 * kSteadiness * std::exp(-step * step));
  }
  const Image shares = resize(share.view(), side, side);
  for (size_t i = 0; i < shares.pixels.size(); ++i) {
    if (hole.pixels[i] == 0) continue;
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& pixel = repaired.completion.pixels[3 * i + c];
      const int mixed =
          pixel * (255 - shares.pixels[i]) + last.pixels[3 * i + c] * shares.pixels[i];
      pixel = static_cast<uint8_t>((mixed + 127) / 255);
    }
  }
}

void extend(Image& look, Image& known, const Image& crop, const Image& seen,
            const ReferenceMatch& match) {
  const int side = look.width;
  if (side != crop.width || match.flow.empty()) return;
  const auto length = static_cast<float>(side);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      if (known.row(y)[x] != 0) continue;
      // The crop's place that shows this part of the memory: the way back, which is smooth.
      const float u = (static_cast<float>(x) + 0.5f) / length;
      const float v = (static_cast<float>(y) + 0.5f) / length;
      const GridPlace here(u, v);
      const float there_u = u - here.of(match.flow.data());
      const float there_v = v - here.of(match.flow.data() + kCells);
      const int column = static_cast<int>(std::floor(there_u * length));
      const int row = static_cast<int>(std::floor(there_v * length));
      if (column < 0 || row < 0 || column >= side || row >= side || seen.row(row)[column] == 0)
        continue;
      const GridPlace there(there_u, there_v);
      for (int c = 0; c < 3; ++c) {
        const size_t channel = static_cast<size_t>(c) * kCells;
        const float gain = there.of(match.gain.data() + channel);
        const float offset = there.of(match.offset.data() + channel);
        const float value = static_cast<float>(crop.row(row)[3 * column + c]) / 127.5f - 1;
        look.row(y)[3 * x + c] = static_cast<uint8_t>(
            std::clamp(((value - offset) / gain + 1) * 127.5f + 0.5f, 0.f, 255.f));
      }
      known.row(y)[x] = 255;
    }
}

}  // namespace ganface::video
