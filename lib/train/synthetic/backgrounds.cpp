// SPDX-License-Identifier: MIT
// Owns what stands behind and beside the faces of synthetic pictures.
#include "train/synthetic/backgrounds.h"

#include <algorithm>

#include "train/synthetic/occluder.h"

namespace ganface::train {
namespace {

PixelBox part_of(const Image& picture, Random& random) {
  PixelBox part;
  part.left = random.below(picture.width);
  part.top = random.below(picture.height);
  part.right = std::min(picture.width, part.left + 4 + random.below(picture.width));
  part.bottom = std::min(picture.height, part.top + 4 + random.below(picture.height));
  return part;
}

// Fills a part of a picture with surroundings, or with a smooth change between two colours.
void fill_part(Image& picture, const PixelBox& part, const Photographs& photographs,
               Random& random) {
  const bool is_plain = random.chance(0.2f);
  const Rgb first = random_colour(random), second = random_colour(random);
  const float contrast = random.unit();
  Tiling tiling = Tiling::surroundings(photographs, random);
  tiling.map =
      Similarity::about({0, 0}, {random.between(0, 250), random.between(0, 250)},
                        random.scale(0.25f, 2), random.chance(0.6f) ? 0 : random.between(0, kTau));
  const Rgb gain = random_gain(random);
  const auto height = static_cast<float>(picture.height);
  for_each_pixel(part, [&](int x, int y) {
    const Rgb colour = is_plain ? mix(first, second, contrast * static_cast<float>(y) / height)
                                : multiplied(tiling.at(pixel_centre(x, y), 1), gain);
    set_pixel(picture, x, y, colour);
  });
}

void add_scrap(Image& picture, const Photograph& photograph, Spot at, Random& random) {
  const auto side = static_cast<float>(std::min(picture.width, picture.height));
  const Spot scrap{kCropBegin + random.between(0.2f, 0.8f) * kCropSide,
                   kCropBegin + random.between(0.2f, 0.8f) * kCropSide};
  const float radius = random.between(0.08f, 0.17f) * kCropSide;
  const Cutout cutout(scrap, radius, radius * random.between(0.6f, 1), random);
  const float scale = random.scale(0.05f, 0.4f) * side / radius;
  paste({picture}, photograph, cutout,
        Similarity::about(scrap, at, scale, random.between(-0.9f, 0.9f)), random_gain(random));
}

}  // namespace

Image draw_background(const FacePool& pool, int width, int height, Random& random) {
  // Most backgrounds are out of focus.
  if (width >= 128 && height >= 128 && random.chance(0.75f))
    return resize(draw_background(pool, width / 2, height / 2, random).view(), width, height);
  Image picture(width, height, 3);
  if (pool.nothing() && random.chance(0.5f)) {
    const float scale = static_cast<float>(std::max(width, height)) / kPhotographSide;
    show(picture, pool.nothing()->any(random),
         Similarity::about({random.between(90, 160), random.between(90, 160)},
                           {static_cast<float>(width) / 2, static_cast<float>(height) / 2},
                           scale * random.scale(1.2f, 2.5f), random.between(-0.4f, 0.4f)),
         random_gain(random));
    return picture;
  }
  const int parts = random.chance(0.4f) ? 1 : 2 + random.below(5);
  for (int i = 0; i < parts; ++i) {
    const PixelBox part = i > 0 ? part_of(picture, random) : PixelBox{0, 0, width, height};
    fill_part(picture, part, pool.photographs(), random);
  }
  return picture;
}

void add_decoys(const Canvas& canvas, const Photographs& photographs, int count, Random& random) {
  Image& picture = canvas.picture;
  const auto side = static_cast<float>(std::min(picture.width, picture.height));
  for (int i = 0; i < count; ++i) {
    Tiling tiling = Tiling::surroundings(photographs, random);
    const Spot at{random.unit() * static_cast<float>(picture.width),
                  random.unit() * static_cast<float>(picture.height)};
    const float size = random.scale(0.05f, 0.5f) * side;
    tiling.map = Similarity::about(at, kPhotographMiddle, random.scale(0.3f, 4) * 100 / size,
                                   random.between(0, kTau));
    const Cutout cutout(at, size * random.between(0.6f, 1), size, random);
    const Rgb gain = random_gain(random);
    const PixelBox box = box_within(picture, {at.x - 1.4f * size, at.y - 1.4f * size},
                                    {at.x + 1.4f * size, at.y + 1.4f * size});
    for_each_pixel(box, [&](int x, int y) {
      const Spot p = pixel_centre(x, y);
      const float share = cutout.share(p, 1);
      if (share <= 0) return;
      const Rgb colour = multiplied(tiling.at(p, 1), gain);
      set_pixel(picture, x, y, mix(pixel(picture, x, y), colour, share));
      canvas.own(x, y, share);
    });
  }
}

void add_clutter(Image& picture, const Photographs& photographs, Random& random) {
  const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
  const float side = std::min(width, height);
  for (int i = random.below(3); i > 0; --i) {
    const Spot at{random.unit() * width, random.unit() * height};
    const float size = random.scale(0.06f, 0.6f) * side, angle = random.between(0, kTau);
    const Photograph& photograph = photographs.any(random);
    if (random.chance(0.3f))
      add_scrap(picture, photograph, at, random);
    else
      Occluder::draw(photographs, photograph, 0.05f, 0.6f, random)
          .paint(picture, nullptr, Similarity::about(at, {0.5f, 0.5f}, 1 / size, angle));
  }
}

}  // namespace ganface::train
