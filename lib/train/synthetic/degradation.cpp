// SPDX-License-Identifier: MIT
// Owns what lens, camera and codec take from synthetic pictures.
#include "train/synthetic/degradation.h"

#include <algorithm>

namespace ganface::train {

void blur(Image& picture) {
  const Image copy = picture;
  for (int y = 0; y < copy.height; ++y)
    for (int x = 0; x < copy.width; ++x) {
      Rgb sum{};
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
          const Rgb near = pixel(copy, std::clamp(x + dx, 0, copy.width - 1),
                                 std::clamp(y + dy, 0, copy.height - 1));
          for (size_t c = 0; c < 3; ++c) sum[c] += near[c];
        }
      set_pixel(picture, x, y, scaled(sum, 1 / 9.f));
    }
}

void sharpen(Image& picture, int passes, float amount) {
  Image blurred = picture;
  for (int i = 0; i < passes; ++i) blur(blurred);
  for (size_t i = 0; i < picture.pixels.size(); ++i) {
    const float own = picture.pixels[i], sharper = own + amount * (own - blurred.pixels[i]);
    picture.pixels[i] = static_cast<uint8_t>(std::clamp(sharper + 0.5f, 0.f, 255.f));
  }
}

void soften_part(Image& crop, Random& random) {
  const auto side = static_cast<float>(crop.width);
  const float share = random.scale(0.06f, 0.3f);
  const int small = std::max(4, static_cast<int>(side * share));
  const Image soft = resize(resize(crop.view(), small, small).view(), crop.width, crop.height);
  const Spot middle{side * random.between(0.3f, 0.7f), side * random.between(0.3f, 0.75f)};
  const float width = side * random.between(0.08f, 0.3f),
              height = side * random.between(0.08f, 0.25f);
  const float edge = random.between(0.05f, 0.6f), strength = random.between(0.6f, 1);
  const Rgb tint{random.between(-12, 12), random.between(-9, 9), random.between(-12, 12)};
  for (int y = 0; y < crop.height; ++y)
    for (int x = 0; x < crop.width; ++x) {
      const float u = (static_cast<float>(x) - middle.x) / width;
      const float v = (static_cast<float>(y) - middle.y) / height;
      const float inside = std::clamp((1 - std::sqrt(u * u + v * v)) / edge, 0.f, 1.f);
      if (inside <= 0) continue;
      Rgb colour = pixel(soft, x, y);
      for (size_t c = 0; c < 3; ++c) colour[c] += tint[c];
      set_pixel(crop, x, y, mix(pixel(crop, x, y), colour, strength * inside));
    }
}

void make_grey(Image& picture) {
  for (size_t i = 0; i < picture.pixels.size(); i += 3) {
    uint8_t* p = picture.pixels.data() + i;
    p[0] = p[1] = p[2] = static_cast<uint8_t>((77 * p[0] + 150 * p[1] + 29 * p[2]) >> 8);
  }
}

void haze(Image& picture, Random& random) {
  const float contrast = random.between(0.35f, 0.9f), grey = random.between(60, 190);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      set_pixel(picture, x, y, mix({grey, grey, grey}, pixel(picture, x, y), contrast));
}

PixelBox repeat_border(Image& crop, Random& random) {
  const int side = crop.width;
  PixelBox shown{0, 0, side, side};
  shown.left = random.chance(0.4f) ? random.below(side / 3) : 0;
  shown.right = side - (random.chance(0.4f) ? random.below(side / 3) : 0);
  shown.top = random.chance(0.4f) ? random.below(side / 3) : 0;
  shown.bottom = side - (random.chance(0.4f) ? random.below(side / 3) : 0);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      set_pixel(crop, x, y,
                pixel(crop, std::clamp(x, shown.left, shown.right - 1),
                      std::clamp(y, shown.top, shown.bottom - 1)));
  return shown;
}

void photograph_badly(Image& picture, Random& random, float strength) {
  const int width = picture.width, height = picture.height;
  if (random.chance(0.4f * strength)) {
    const float share = random.scale(0.3f, 0.9f);
    const Image small =
        resize(picture.view(), std::max(8, static_cast<int>(share * static_cast<float>(width))),
               std::max(8, static_cast<int>(share * static_cast<float>(height))));
    picture = resize(small.view(), width, height);
  }
  if (random.chance(0.25f * strength))
    for (int i = 1 + random.below(3); i > 0; --i) blur(picture);
  const bool grey = random.chance(0.06f * strength);
  const float gamma = random.scale(1 / (1 + 0.4f * strength), 1 + 0.4f * strength);
  Rgb gain{}, offset{};
  const float exposure = random.scale(1 / (1 + 0.3f * strength), 1 + 0.25f * strength);
  for (size_t c = 0; c < 3; ++c) {
    gain[c] = exposure * random.between(1 - 0.12f * strength, 1 + 0.12f * strength);
    offset[c] = random.between(-10, 10) * strength;
  }
  std::array<std::array<float, 256>, 3> table{};
  for (size_t c = 0; c < 3; ++c)
    for (size_t value = 0; value < 256; ++value)
      table[c][value] =
          255 * std::pow(static_cast<float>(value) / 255, gamma) * gain[c] + offset[c];
  const float noise = random.chance(0.6f) ? random.between(0, 9) * strength : 0;
  // A cheap generator: the values matter less than that they are many.
  auto state = static_cast<uint32_t>(random.unit() * 4e9f) | 1u;
  for (int y = 0; y < height; ++y) {
    uint8_t* row = picture.row(y);
    for (int x = 0; x < width; ++x) {
      Rgb colour{table[0][row[3 * x]], table[1][row[3 * x + 1]], table[2][row[3 * x + 2]]};
      if (grey) colour.fill((colour[0] + 2 * colour[1] + colour[2]) / 4);
      if (noise > 0)
        for (float& channel : colour) {
          state = state * 1664525u + 1013904223u;
          const float first = static_cast<float>(state >> 8) * (1.f / 16777216.f);
          state = state * 1664525u + 1013904223u;
          channel +=
              noise * 2.4f * (first + static_cast<float>(state >> 8) * (1.f / 16777216.f) - 1);
        }
      set_pixel(picture, x, y, colour);
    }
  }
}

}  // namespace ganface::train
