// SPDX-License-Identifier: MIT
// Owns objects that are drawn before faces: simple ones, bars, ropes, openwork, microphones, cups.
#include "train/synthetic/occluders/things.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ganface::train {

Thing draw_object(const Photographs& photographs, Random& random) {
  const float radius = random.between(0.12f, 0.55f);
  Shape shape;
  switch (random.below(4)) {
    case 0:
      shape = blob_shape(radius, random.between(0.1f, 0.5f), random);
      break;
    case 1:
      shape = polygon_shape(radius * 1.2f, random);
      break;
    case 2:
      shape = box_shape(radius * random.between(0.5f, 1.4f), radius * random.between(0.5f, 1.4f),
                        random.between(0, 0.3f) * radius);
      break;
    default:
      shape =
          ellipse_shape(radius * random.between(0.6f, 1.4f), radius * random.between(0.6f, 1.4f));
  }
  const Similarity place =
      Similarity::about({0, 0}, {random.between(-0.1f, 1.1f), random.between(-0.1f, 1.1f)}, 1,
                        random.between(0, kTau));
  return {placed(std::move(shape), place), any_surface(photographs, random)};
}

Thing draw_bar(const Photographs& photographs, const Photograph& face, Random& random) {
  const float angle = random.chance(0.4f) ? 0.25f * kTau * static_cast<float>(random.below(4))
                                          : random.between(0, kTau);
  const float radius = random.between(0.05f, 0.22f);
  const Similarity place =
      Similarity::about({0, 0}, {random.between(0.1f, 0.9f), random.between(0.1f, 0.9f)}, 1, angle);
  Shape shape = placed(box_shape(2.5f, radius, random.chance(0.5f) ? 0 : radius), place);
  if (random.chance(0.25f))
    return {std::move(shape),
            skin_surface(photographs, face, round_light(radius, random), random)};  // a forearm
  return {std::move(shape), any_surface(photographs, random)};
}

Thing draw_rope(const Photographs& photographs, Random& random) {
  std::vector<Capsule> strokes;
  const float radius = random.between(0.02f, 0.08f), step = 1.2f * radius;
  Spot at{random.between(0, 1), random.between(0, 1)};
  float direction = random.between(0, kTau), bend = 0;
  for (int i = 10 + random.below(50); i > 0; --i) {
    bend = 0.85f * bend + random.between(-0.25f, 0.25f);
    direction += bend;
    const Spot next{at.x + step * std::cos(direction), at.y + step * std::sin(direction)};
    strokes.push_back({at, next, radius, radius});
    // It turns back at the edge.
    if (next.x < -0.1f || next.y < -0.1f || next.x > 1.1f || next.y > 1.1f)
      direction += 0.5f * kTau;
    at = next;
  }
  return {union_of(std::move(strokes)), any_surface(photographs, random)};
}

Thing draw_openwork(const Photographs& photographs, Random& random) {
  const Similarity place = Similarity::about(
      {0, 0}, {random.between(0.1f, 0.9f), random.between(0.1f, 0.9f)}, 1, random.between(0, kTau));
  const Shape outline = random.chance(0.5f)
                            ? box_shape(random.between(0.2f, 0.6f), random.between(0.2f, 0.6f), 0)
                            : blob_shape(random.between(0.25f, 0.55f), 0.3f, random);
  const float pitch = random.between(0.1f, 0.34f), solid = random.between(0.25f, 0.6f);
  const int kind = random.below(3);
  const Spot shift{random.unit(), random.unit()};
  const Shape gaps = [=](Spot p) {  // negative in the gaps
    const float u = std::abs(std::remainder(p.x / pitch + shift.x, 1.f)) - 0.5f * (1 - solid);
    const float v = std::abs(std::remainder(p.y / pitch + shift.y, 1.f)) - 0.5f * (1 - solid);
    if (kind == 0) return u * pitch;
    if (kind == 1) return std::max(u, v) * pitch;
    const float x = u + 0.5f * (1 - solid), y = v + 0.5f * (1 - solid);
    return (std::hypot(x, y) - 0.6f * (1 - solid)) * pitch;
  };
  return {placed([=](Spot p) { return std::max(outline(p), -gaps(p)); }, place),
          any_surface(photographs, random)};
}

Thing draw_microphone(Random& random) {
  const float angle = random.between(-0.9f, 0.9f), head = random.between(0.08f, 0.17f);
  const Spot tip{random.between(0.2f, 0.8f), random.between(0.6f, 0.95f)};
  const Shape top = ellipse_shape(head, head * random.between(1, 1.35f));
  const Shape handle = union_of({{{0, head}, {0, 1.8f}, head * 0.55f, head * 0.4f}});
  const Shape both = placed([=](Spot p) { return std::min(top(p), handle(p)); },
                            Similarity::about({0, 0}, tip, 1, angle));
  const float grey = random.between(10, 120), rate = random.between(60, 140);
  const Similarity back = Similarity::about({0, 0}, tip, 1, angle).inverse();
  return {both, [=](Spot p, float distance, float) {
            const Spot own = back(p);
            const float mesh =
                own.y < head ? 0.7f + 0.3f * std::sin(rate * own.x) * std::sin(rate * own.y) : 1;
            const float round = 0.6f + 0.5f * std::clamp(-distance / head, 0.f, 1.f);
            return Rgb{grey * mesh * round, grey * mesh * round, grey * 1.05f * mesh * round};
          }};
}

Thing draw_cup(const Photographs& photographs, Random& random) {
  const float top = random.between(0.15f, 0.32f), bottom = top * random.between(0.6f, 1),
              height = random.between(0.25f, 0.5f);
  const Shape wall = [=](Spot p) {
    const float t = std::clamp((p.y + height) / (2 * height), 0.f, 1.f);
    return std::max(std::abs(p.x) - (top + (bottom - top) * t), std::abs(p.y) - height);
  };
  const Similarity place =
      Similarity::about({0, 0}, {random.between(0.2f, 0.8f), random.between(0.7f, 1.15f)}, 1,
                        random.between(-0.7f, 0.7f));
  return {placed(wall, place), any_surface(photographs, random)};
}

}  // namespace ganface::train
