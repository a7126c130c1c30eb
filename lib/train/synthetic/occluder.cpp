// SPDX-License-Identifier: MIT
// Owns which things cover faces in training pictures, how often, and how they move and shade.
#include "train/synthetic/occluder.h"

#include <cmath>

namespace ganface::train {
namespace {

constexpr float kShareOfHands = 0.36f;  // of the kinds of things

bool is_worn_or_thin(float lot) {
  return (lot >= 0.54f && lot < 0.62f) || (lot >= 0.8f && lot < 0.9f);
}

Spot in_any_direction(float length, Random& random) {
  const float direction = random.between(0, kTau);
  return {length * std::cos(direction), length * std::sin(direction)};
}

}  // namespace

Occluder Occluder::of_lot(float lot, const Photographs& photographs, const Photograph& face,
                          Random& random) {
  using Kind = OccluderKind;
  if (lot < 0.24f) return {Kind::kHand, draw_hand(photographs, face, 0.05f, 1.15f, random)};
  if (lot < kShareOfHands) return {Kind::kHand, draw_fingers(photographs, face, random)};
  if (lot < 0.54f) return {Kind::kObject, draw_object(photographs, random)};
  if (lot < 0.58f) return {Kind::kObject, draw_rope(photographs, random)};
  if (lot < 0.62f) return {Kind::kObject, draw_openwork(photographs, random)};
  if (lot < 0.7f) return {Kind::kObject, draw_bar(photographs, face, random)};
  if (lot < 0.75f) return {Kind::kObject, draw_microphone(random)};
  if (lot < 0.8f) return {Kind::kObject, draw_cup(photographs, random)};
  if (lot < 0.86f) return {Kind::kMedicalMask, draw_medical_mask(random)};
  if (lot < 0.9f) return {Kind::kSunglasses, draw_dark_glasses(random)};
  if (lot < 0.94f) return {Kind::kMark, draw_text(random)};
  return censorship(photographs, face, random);
}

Occluder Occluder::censorship(const Photographs& photographs, const Photograph& face,
                              Random& random) {
  Occluder occluder(OccluderKind::kMark, random.chance(0.5f) ? draw_object(photographs, random)
                                                             : draw_bar(photographs, face, random));
  occluder.thing_.surface = nullptr;
  occluder.filter_.cell = random.between(0.05f, 0.14f);
  occluder.filter_.is_smooth = random.chance(0.5f);
  return occluder;
}

Occluder Occluder::attempt(const Photographs& photographs, const Photograph& face, bool solid_only,
                           Random& random) {
  // What covers most faces in videos is a hand.
  float lot = random.unit() * (random.chance(0.2f) ? kShareOfHands : 1);
  while (solid_only && is_worn_or_thin(lot)) lot = random.unit();
  Occluder occluder = of_lot(lot, photographs, face, random);
  const bool is_hand = occluder.kind_ == OccluderKind::kHand;
  const bool is_solid = occluder.kind_ != OccluderKind::kMark;
  occluder.softness_ = random.chance(0.35f) ? random.between(0, 0.025f) : 0;
  if (is_solid && random.chance(is_hand ? 0.3f : 0.08f))
    occluder.motion_ = in_any_direction(random.scale(0.02f, 0.2f), random);
  if (is_solid && random.chance(0.6f)) {
    Shadow& shadow = occluder.shadow_;
    shadow.depth = random.between(0.1f, 0.55f);
    shadow.offset = {random.between(-0.05f, 0.05f), random.between(-0.02f, 0.07f)};
    shadow.width = random.between(0.02f, 0.12f);
  }
  return occluder;
}

template <typename Attempt>
Occluder Occluder::covering(float least, float most, Attempt attempt) {
  constexpr int kAttempts = 12;
  Occluder occluder = attempt();
  for (int i = 0; i < kAttempts; ++i) {
    const float covered = occluder.coverage();
    if (covered >= least && covered <= most) break;
    occluder = attempt();
  }
  return occluder;
}

Occluder Occluder::draw(const Photographs& photographs, const Photograph& face, float least,
                        float most, Random& random) {
  return covering(least, most, [&] { return attempt(photographs, face, false, random); });
}

Occluder Occluder::draw_solid(const Photographs& photographs, const Photograph& face, float least,
                              float most, Random& random) {
  return covering(least, most, [&] { return attempt(photographs, face, true, random); });
}

Occluder Occluder::arriving_hand(const Photographs& photographs, const Photograph& face,
                                 Random& random) {
  return covering(0.01f, 0.35f, [&] {
    Occluder occluder(OccluderKind::kHand, draw_hand(photographs, face, 0.8f, 1.4f, random));
    occluder.motion_ = in_any_direction(random.between(0.03f, 0.25f), random);
    return occluder;
  });
}

float Occluder::coverage() const {
  constexpr int kSide = 20;
  int covered = 0;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      covered += thing_.shape({(static_cast<float>(x) + 0.5f) / kSide,
                               (static_cast<float>(y) + 0.5f) / kSide}) < 0;
  return static_cast<float>(covered) / (kSide * kSide);
}

}  // namespace ganface::train
