// SPDX-License-Identifier: MIT
// Owns covers that are taken from before one head and put before another.
#include "train/synthetic/worn_things.h"

#include <algorithm>
#include <cmath>

#include "train/synthetic/degradation.h"
#include "train/synthetic/worn/face_frame.h"

namespace ganface::train {
namespace {

// The photograph that covers are taken from.
struct CoverSource {
  const Photograph& photograph;
  Similarity map;  // the picture's pixels to its pixels
  float step;      // how many of its pixels one of the picture's covers
};

// Sums of colours about the bridge of the nose, where nothing covers the skin.
struct SkinSums {
  Rgb source{}, picture{};
  float count = 0;

  // What makes the source's skin the picture's, as far as `match`, 0 to 1, says.
  Rgb gain(float light, float match) const {
    Rgb gain{light, light, light};
    for (size_t c = 0; c < 3 && count > 0; ++c)
      gain[c] *= std::pow(std::clamp((picture[c] + count) / (source[c] + count), 0.3f, 3.f), match);
    return gain;
  }
};

SkinSums sum_skin(const Image& picture, Spot bridge, float radius, const CoverSource& source,
                  Spot source_bridge) {
  SkinSums sums;
  for (float v = -radius; v <= radius; v += 1.5f)
    for (float u = -radius; u <= radius; u += 1.5f) {
      const int x = static_cast<int>(bridge.x + u), y = static_cast<int>(bridge.y + v);
      if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) continue;
      ++sums.count;
      const Rgb there = source.photograph.at(
          {source_bridge.x + source.step * u, source_bridge.y + source.step * v}, source.step);
      for (size_t c = 0; c < 3; ++c) {
        sums.picture[c] += pixel(picture, x, y)[c];
        sums.source[c] += there[c];
      }
    }
  return sums;
}

// How much of each pixel lies inside an outline (RGB, of the picture's size), its edge a pixel
// soft.
Image soft_inside(const Image& picture, const std::vector<Spot>& outline) {
  Image mask(picture.width, picture.height, 1), soft(picture.width, picture.height, 3);
  fill_polygon(mask, outline, 255);
  for (size_t i = 0; i < mask.pixels.size(); ++i)
    std::fill_n(soft.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, mask.pixels[i]);
  blur(soft);
  return soft;
}

}  // namespace

void put_cover(Image& picture, Image& kinds, const std::vector<Spot>& points,
               const Photograph& other, const HeadLabel& label, const Similarity& map,
               Random& random) {
  const Similarity back = map.inverse();
  const CoverSource source{other, back, back.scale()};
  // Its skin becomes the face's, more or less.
  const float match = random.chance(0.6f) ? random.between(0.5f, 1) : 0;
  const float light = random.scale(0.8f, 1.25f);
  const float radius = 0.08f * FaceFrame(points).side();
  const Rgb gain = sum_skin(picture, points[HeadLabel::kBridge], radius, source,
                            label.points[HeadLabel::kBridge])
                       .gain(light, match);
  for (const HeadLabel::Cover& cover : label.covers) {
    const Image soft = soft_inside(picture, moved(cover.outline, map));
    for_each_pixel({0, 0, picture.width, picture.height}, [&](int x, int y) {
      const float share = pixel(soft, x, y)[0] / 255;
      if (share <= 0) return;
      const Rgb there = source.photograph.at(source.map(pixel_centre(x, y)), source.step);
      set_pixel(picture, x, y, mix(pixel(picture, x, y), multiplied(there, gain), share));
      if (share >= 0.5f) kinds.row(y)[x] = kind_number(cover.kind);
    });
  }
}

}  // namespace ganface::train
