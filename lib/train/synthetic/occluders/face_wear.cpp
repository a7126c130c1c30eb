// SPDX-License-Identifier: MIT
// Owns masks and dark glasses that are drawn before faces without landmarks.
#include "train/synthetic/occluders/things.h"

#include <algorithm>
#include <cmath>

namespace ganface::train {

Thing draw_medical_mask(Random& random) {
  const float top = random.between(0.5f, 0.62f), sag = random.between(-0.02f, 0.1f);
  const float width = random.between(0.28f, 0.4f), bottom = random.between(0.95f, 1.1f);
  const float middle = random.between(0.46f, 0.54f);
  const Shape cloth = [=](Spot p) {
    const float x = (p.x - middle) / width;
    const float upper = top - 0.08f + sag * (1 - x * x) + 0.1f * x * x;
    const float taper =
        width * (1 - 0.45f * std::pow(std::clamp((p.y - top) / (bottom - top), 0.f, 1.f), 2.f));
    return std::max({upper - p.y, p.y - bottom, std::abs(p.x - middle) - taper});
  };
  const float strap = random.between(0.006f, 0.014f);
  const Shape straps =
      union_of({{{middle - width, top}, {middle - 0.55f, top - 0.12f}, strap, strap},
                {{middle + width, top}, {middle + 0.55f, top - 0.12f}, strap, strap},
                {{middle - width * 0.8f, bottom - 0.2f}, {middle - 0.55f, top}, strap, strap},
                {{middle + width * 0.8f, bottom - 0.2f}, {middle + 0.55f, top}, strap, strap}});
  const bool strapped = random.chance(0.7f);
  constexpr Rgb kUsual[] = {{150, 190, 215}, {235, 238, 240}, {40, 40, 44}, {140, 205, 190}};
  const Rgb colour = random.chance(0.75f)
                         ? scaled(kUsual[random.below(4)], random.between(0.75f, 1.1f))
                         : random_colour(random);
  const float folds = random.chance(0.6f) ? random.between(0.03f, 0.15f) : 0,
              rate = random.between(35, 70);
  const float round = random.between(0, 0.4f);
  return {[=](Spot p) { return strapped ? std::min(cloth(p), straps(p)) : cloth(p); },
          [=](Spot p, float, float) {
            const float fold = 1 - folds * std::max(0.f, std::sin(rate * p.y));
            const float x = (p.x - middle) / width;
            return scaled(colour, fold * (1 - round * x * x));
          }};
}

Thing draw_dark_glasses(Random& random) {
  const float width = random.between(0.11f, 0.16f), height = random.between(0.075f, 0.13f);
  const float apart = random.between(0.155f, 0.175f), level = random.between(0.38f, 0.43f);
  const float corner = random.between(0.3f, 1) * std::min(width, height);
  const Shape lens = box_shape(width, height, corner);
  const float wire = random.between(0.008f, 0.02f);
  const Shape frame =
      union_of({{{0.5f - apart + width * 0.8f, level - 0.03f},
                 {0.5f + apart - width * 0.8f, level - 0.03f},
                 wire,
                 wire},
                {{0.5f - apart - width, level - 0.02f}, {-0.15f, level - 0.05f}, wire, wire},
                {{0.5f + apart + width, level - 0.02f}, {1.15f, level - 0.05f}, wire, wire}});
  const Shape both = [=](Spot p) {
    return std::min({lens({p.x - 0.5f + apart, p.y - level}),
                     lens({p.x - 0.5f - apart, p.y - level}), frame(p)});
  };
  const Rgb colour = random.chance(0.8f)
                         ? Rgb{random.between(5, 60), random.between(5, 50), random.between(5, 60)}
                         : scaled(random_colour(random), 0.6f);
  const Similarity place = Similarity::about(
      {0.5f, 0.4f}, {0.5f + random.between(-0.02f, 0.02f), 0.4f + random.between(-0.02f, 0.03f)},
      random.between(0.92f, 1.1f), random.between(-0.08f, 0.08f));
  return {placed(both, place), flat_surface(colour, random)};
}

}  // namespace ganface::train
