// SPDX-License-Identifier: MIT
// Owns the light on synthetic pictures.
#include "train/synthetic/illumination.h"

#include <algorithm>

namespace ganface::train {

void light_unevenly(Image& picture, Random& random) {
  struct Lamp {
    Spot middle;
    float reach, gain;
  };
  std::vector<Lamp> lamps;
  const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
  for (int i = random.below(4); i > 0; --i)
    lamps.push_back({{random.between(-0.2f, 1.2f) * width, random.between(-0.2f, 1.2f) * height},
                     random.scale(0.1f, 0.7f) * width,
                     random.chance(0.5f) ? random.between(-0.45f, 0) : random.between(0, 0.8f)});
  // The edge of a shadow, wherever it comes from: a line that is bent a little.
  const bool has_shadow = random.chance(0.5f);
  const float turn = random.between(0, kTau), across = random.between(-0.3f, 0.3f);
  const float cosine = std::cos(turn), sine = std::sin(turn);
  const float bend = random.between(-1.2f, 1.2f), softness = random.scale(0.02f, 0.25f);
  const float depth = random.between(0.15f, 0.6f);
  const float slope_x = random.between(-0.45f, 0.45f), slope_y = random.between(-0.35f, 0.35f);
  const Rgb warmth{random.between(0.9f, 1.1f), 1, random.between(0.9f, 1.1f)};
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const float u = static_cast<float>(x), v = static_cast<float>(y);
      float gain = 1 + slope_x * (u / width - 0.5f) + slope_y * (v / height - 0.5f);
      for (const Lamp& lamp : lamps) {
        const float away = ((u - lamp.middle.x) * (u - lamp.middle.x) +
                            (v - lamp.middle.y) * (v - lamp.middle.y)) /
                           (lamp.reach * lamp.reach);
        gain += lamp.gain / (1 + away * away);
      }
      if (has_shadow) {
        const float s = u / width - 0.5f, t = v / height - 0.5f;
        const float along = s * cosine + t * sine, aside = t * cosine - s * sine;
        const float inside = (aside - across - bend * along * along) / softness + 0.5f;
        gain *= 1 - depth * std::clamp(inside, 0.f, 1.f);
      }
      Rgb colour = pixel(picture, x, y);
      for (size_t c = 0; c < 3; ++c) colour[c] *= gain * (1 + (warmth[c] - 1) * (gain - 1));
      set_pixel(picture, x, y, colour);
    }
}

void add_shine(Image& crop, Random& random) {
  // Forehead, nose, cheeks, chin, in sides of the crop.
  constexpr Spot kPlaces[] = {{0.5f, 0.2f},  {0.38f, 0.2f}, {0.62f, 0.2f}, {0.5f, 0.5f},
                              {0.3f, 0.53f}, {0.7f, 0.53f}, {0.5f, 0.88f}};
  const auto side = static_cast<float>(crop.width);
  for (int i = 1 + random.below(3); i > 0; --i) {
    const Spot place = kPlaces[random.below(7)];
    const Spot middle{side * (place.x + random.between(-0.06f, 0.06f)),
                      side * (place.y + random.between(-0.05f, 0.05f))};
    const float width = side * random.scale(0.02f, 0.18f),
                height = side * random.scale(0.02f, 0.14f);
    const float strength = random.between(0.2f, 1), hardness = random.scale(0.8f, 8);
    for (int y = 0; y < crop.height; ++y)
      for (int x = 0; x < crop.width; ++x) {
        const float u = (static_cast<float>(x) - middle.x) / width;
        const float v = (static_cast<float>(y) - middle.y) / height;
        const float away = u * u + v * v;
        if (away > 6) continue;
        const float share = strength * std::min(1.f, hardness * std::exp(-away));
        set_pixel(crop, x, y, mix(pixel(crop, x, y), {255, 250, 240}, share));
      }
  }
}

}  // namespace ganface::train
