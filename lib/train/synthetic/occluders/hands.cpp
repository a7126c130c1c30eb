// SPDX-License-Identifier: MIT
// Owns hands and fingers that are drawn before faces.
#include "train/synthetic/occluders/things.h"

#include <cmath>
#include <utility>

namespace ganface::train {
namespace {

// Palm, fingers and forearm, the palm's middle at the origin and the fingers upwards; sizes in
// sides of the crop.
Limbs limbs_of_hand(float size, Random& random) {
  Limbs hand;
  const float palm = 0.2f * size, finger = 0.062f * size * random.between(0.85f, 1.25f);
  hand.add({{0, -0.03f * size}, {0, 0.1f * size}, palm, palm * 0.9f}, 0);
  const float spread = random.between(0, 0.5f);
  const bool fist = random.chance(0.4f);
  const float stretched = random.chance(0.5f) ? 0.3f : 0;  // share of a fist's fingers
  const bool shows_fingers = random.chance(0.5f);          // a fist, of its inside
  for (int i = 0; i < 4; ++i) {
    const float side = (static_cast<float>(i) - 1.5f) / 1.5f;
    const float angle = spread * side + random.between(-0.06f, 0.06f);
    const bool bent = random.chance(fist ? 1 - stretched : 0.15f);
    const bool curled = bent && shows_fingers;
    const float reach = (curled ? random.between(-0.28f, -0.15f)
                         : bent ? random.between(0.05f, 0.15f)
                                : random.between(0.26f, 0.4f)) *
                        size * (1 - 0.12f * side * side);
    const Spot root{side * 0.145f * size, -0.14f * size};
    const Spot tip{root.x + reach * std::sin(angle), root.y - reach * std::cos(angle)};
    hand.add({root, tip, finger, finger * 0.82f},
             finger * (curled ? 0.7f : random.between(0, 0.3f)));
  }
  if (random.chance(0.8f)) {
    const float out = random.chance(0.5f) ? 1.f : -1.f, angle = random.between(0.2f, 1.3f);
    const float reach = random.between(0.15f, 0.3f) * size;
    hand.add(
        {{out * 0.15f * size, 0.05f * size},
         {out * (0.15f * size + reach * std::sin(angle)), 0.05f * size - reach * std::cos(angle)},
         finger * 1.2f,
         finger},
        finger * random.between(0, 1));
  }
  if (random.chance(0.75f)) {
    const float lean = random.between(-0.4f, 0.4f);
    hand.add({{0, 0.12f * size}, {lean * size, 1.6f * size}, 0.15f * size, 0.19f * size}, 0);
  }
  return hand;
}

}  // namespace

Thing draw_hand(const Photographs& photographs, const Photograph& face, float highest, float lowest,
                Random& random) {
  const float size = random.between(0.75f, 1.5f);
  const Similarity place =
      Similarity::about({0, 0}, {random.between(-0.1f, 1.1f), random.between(highest, lowest)}, 1,
                        random.chance(0.6f) ? random.between(-1, 1) : random.between(0, kTau));
  Limbs hand = limbs_of_hand(size, random);
  Thing thing{placed(union_of(hand.strokes), place), {}};
  if (random.chance(0.08f)) {
    thing.surface = any_surface(photographs, random);  // gloves
  } else {
    Light light = relief_light(std::move(hand), 0.062f * size, random);
    thing.surface = skin_surface(
        photographs, face,
        [light = std::move(light), back = place.inverse()](Spot p, float distance) {
          return light(back(p), distance);
        },
        random);
  }
  return thing;
}

Thing draw_fingers(const Photographs& photographs, const Photograph& face, Random& random) {
  const int count = 1 + random.below(4);
  const float angle = random.between(0, kTau), radius = random.between(0.05f, 0.1f);
  const Spot end{random.between(0.15f, 0.85f), random.between(0.2f, 0.95f)};
  const Spot along{std::cos(angle), std::sin(angle)}, aside{-along.y, along.x};
  Limbs fingers;
  for (int i = 0; i < count; ++i) {
    const float step = static_cast<float>(i) * radius * random.between(1.75f, 2.1f);
    const float back = random.between(-0.05f, 0.12f);
    const Spot tip{end.x + aside.x * step + along.x * back,
                   end.y + aside.y * step + along.y * back};
    fingers.add(
        {tip, {tip.x + 1.6f * along.x, tip.y + 1.6f * along.y}, radius * 0.85f, radius * 1.15f},
        radius * random.between(0, 0.3f));
  }
  Shape shape = union_of(fingers.strokes);
  return {std::move(shape), skin_surface(photographs, face,
                                         relief_light(std::move(fingers), radius, random), random)};
}

}  // namespace ganface::train
