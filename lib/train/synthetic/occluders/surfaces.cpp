// SPDX-License-Identifier: MIT
// Owns how the surfaces of occluders look: light, skin, cloth, plain and patterned things.
#include "train/synthetic/occluders/surfaces.h"

#include <algorithm>
#include <utility>

namespace ganface::train {
namespace {

Surface of_tiling(Tiling tiling, float gain, float light) {
  return [tiling, gain, light](Spot p, float, float pixel) {
    return scaled(tiling.at(p, pixel), gain * (1 + light * (p.x - 0.5f)));
  };
}

Surface photographed_surface(const Photographs& photographs, Random& random) {
  Tiling tiling = Tiling::surroundings(photographs, random);
  tiling.map =
      Similarity::about({0.5f, 0.5f}, {125, 125}, random.scale(40, 260), random.between(0, kTau));
  return of_tiling(tiling, random.scale(0.5f, 1.6f), random.between(-0.6f, 0.6f));
}

Surface patterned_surface(Random& random) {
  const Rgb first = random_colour(random), second = random_colour(random);
  const float rate = random.scale(4, 40), angle = random.between(0, kTau);
  const float cosine = std::cos(angle), sine = std::sin(angle);
  const int kind = random.below(4);
  const auto salt = static_cast<uint32_t>(random.unit() * 1e9f);
  return [=](Spot p, float, float) {
    const float x = rate * (cosine * p.x + sine * p.y), y = rate * (cosine * p.y - sine * p.x);
    const auto column = static_cast<int>(std::floor(x)), row = static_cast<int>(std::floor(y));
    if (kind == 0) return (column & 1) != 0 ? first : second;
    if (kind == 1) return ((column + row) & 1) != 0 ? first : second;
    if (kind == 2) return mix(first, second, 0.5f + 0.5f * std::sin(x) * std::cos(0.7f * y));
    uint32_t hash = salt ^ (static_cast<uint32_t>(column) * 73856093u) ^
                    (static_cast<uint32_t>(row) * 19349663u);
    hash = (hash ^ (hash >> 13)) * 1274126177u;
    return mix(first, second, static_cast<float>(hash >> 8) / 16777216.f);
  };
}

}  // namespace

Light round_light(float thickness, Random& random) {
  const float depth = random.between(0.05f, 0.45f);
  return [=](Spot, float distance) {
    const float inside = std::clamp(-distance / thickness, 0.f, 1.f);
    return 1 - depth + depth * std::sqrt(inside * (2 - inside));
  };
}

Light relief_light(Limbs limbs, float thickness, Random& random) {
  const float turn = random.between(0, kTau), slant = random.between(0.2f, 0.9f);
  const float x = slant * std::cos(turn), y = slant * std::sin(turn);
  const float up = std::sqrt(1 - slant * slant);
  const float room = random.between(0.4f, 0.85f), crease = random.between(0.1f, 0.5f);
  const float width = thickness * random.between(0.08f, 0.3f);
  return [=, limbs = std::move(limbs)](Spot p, float) {
    float highest = -1, second = -1, lamp = 0;
    for (size_t i = 0; i < limbs.strokes.size(); ++i) {
      const Capsule::Cut cut = limbs.strokes[i].cut(p);
      const float inside =
          1 - (cut.away.x * cut.away.x + cut.away.y * cut.away.y) / (cut.radius * cut.radius);
      if (inside <= 0) continue;
      const float height = limbs.lifts[i] + thickness * std::sqrt(inside);
      if (height <= highest) {
        second = std::max(second, height);
        continue;
      }
      second = highest;
      highest = height;
      const float steep = thickness / (cut.radius * cut.radius);
      const Spot slope{steep * cut.away.x, steep * cut.away.y};
      const float normal = std::sqrt(inside + slope.x * slope.x + slope.y * slope.y);
      lamp = std::max(0.f, (x * slope.x + y * slope.y + up * std::sqrt(inside)) / normal);
    }
    const float bright = room + (1 - room) * lamp;
    return second < 0 ? bright : bright * (1 - crease * std::exp((second - highest) / width));
  };
}

Surface skin_surface(const Photographs& photographs, const Photograph& face, Light light,
                     Random& random) {
  Tiling tiling = Tiling::skin(random.chance(0.55f) ? face : photographs.any(random), random);
  tiling.map =
      Similarity::about({0.5f, 0.5f}, {125, 125}, random.scale(60, 220), random.between(0, kTau));
  const float gain = random.scale(0.7f, 1.3f);
  const float light_x = random.between(-0.35f, 0.35f), light_y = random.between(-0.35f, 0.35f);
  Rgb tint{};
  for (float& channel : tint) channel = random.between(0.93f, 1.07f);
  const float creases = random.between(0, 0.08f), crease_rate = random.between(20, 60);
  return [=, light = std::move(light)](Spot p, float distance, float pixel) {
    float bright = gain * light(p, distance);
    bright *= 1 + light_x * (p.x - 0.5f) + light_y * (p.y - 0.5f);
    bright *= 1 - creases * std::max(0.f, std::sin(crease_rate * (p.x + 0.7f * p.y)));
    const Rgb colour = tiling.at(p, pixel);
    return Rgb{colour[0] * tint[0] * bright, colour[1] * tint[1] * bright,
               colour[2] * tint[2] * bright};
  };
}

Surface flat_surface(const Rgb& colour, Random& random) {
  const float x = random.between(-0.5f, 0.5f), y = random.between(-0.5f, 0.5f);
  const float gloss = random.chance(0.3f) ? random.between(0, 0.6f) : 0;
  const float width = random.between(0.02f, 0.1f);
  return [=](Spot p, float distance, float) {
    const float shine = gloss * std::exp(-std::pow((distance + 3 * width) / width, 2.f));
    return mix(scaled(colour, 1 + x * (p.x - 0.5f) + y * (p.y - 0.5f)), {255, 255, 255}, shine);
  };
}

Surface any_surface(const Photographs& photographs, Random& random) {
  if (random.chance(0.5f)) return photographed_surface(photographs, random);
  if (random.chance(0.5f)) return flat_surface(random_colour(random), random);
  return patterned_surface(random);
}

}  // namespace ganface::train
