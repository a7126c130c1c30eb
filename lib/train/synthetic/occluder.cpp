// SPDX-License-Identifier: MIT
// Owns the synthetic things that cover faces in training pictures.
#include "train/synthetic/occluder.h"

#include <algorithm>
#include <memory>

namespace ganface::train {
namespace {

using Shape = std::function<float(Spot)>;
using Surface = std::function<Rgb(Spot, float, float)>;

constexpr int kMostSights = 9;          // of something that moves
constexpr float kShareOfHands = 0.36f;  // of the kinds of things

float length(Spot p) { return std::sqrt(p.x * p.x + p.y * p.y); }

// A stroke with round ends, `radius0` wide at its start and `radius1` at its end.
struct Capsule {
  Spot from, to;
  float radius0, radius1;

  // The nearest of its axis's points, seen from p, and the radius there.
  struct Cut {
    Spot away;
    float radius;
  };
  Cut cut(Spot p) const {
    const Spot along{to.x - from.x, to.y - from.y}, away{p.x - from.x, p.y - from.y};
    const float squared = std::max(along.x * along.x + along.y * along.y, 1e-8f);
    const float t = std::clamp((away.x * along.x + away.y * along.y) / squared, 0.f, 1.f);
    return {{away.x - t * along.x, away.y - t * along.y}, radius0 + t * (radius1 - radius0)};
  }
  float distance(Spot p) const {
    const Cut here = cut(p);
    return length(here.away) - here.radius;
  }
};

Shape union_of(std::vector<Capsule> capsules) {
  return [capsules = std::move(capsules)](Spot p) {
    float nearest = 1e9f;
    for (const Capsule& capsule : capsules) nearest = std::min(nearest, capsule.distance(p));
    return nearest;
  };
}

Shape placed(Shape shape, const Similarity& place) {
  const Similarity back = place.inverse();
  return [shape = std::move(shape), back, scale = place.scale()](Spot p) {
    return shape(back(p)) * scale;
  };
}

Shape box(float half_width, float half_height, float round) {
  return [=](Spot p) {
    const float x = std::abs(p.x) - half_width + round, y = std::abs(p.y) - half_height + round;
    return length({std::max(x, 0.f), std::max(y, 0.f)}) + std::min(std::max(x, y), 0.f) - round;
  };
}

Shape ellipse(float half_width, float half_height) {
  return [=](Spot p) {
    const float k = length({p.x / half_width, p.y / half_height});
    const float slope =
        length({p.x / (half_width * half_width), p.y / (half_height * half_height)});
    return slope < 1e-6f ? -std::min(half_width, half_height) : k * (k - 1) / slope;
  };
}

// A closed line whose radius swings.
Shape blob(float radius, float roughness, Random& random) {
  std::array<float, 6> height{}, phase{};
  for (size_t i = 0; i < height.size(); ++i) {
    height[i] = roughness * random.between(-1, 1) / (1 + 0.5f * static_cast<float>(i));
    phase[i] = random.between(0, kTau);
  }
  return [=](Spot p) {
    const float angle = std::atan2(p.y, p.x);
    float reach = 1;
    for (size_t i = 0; i < height.size(); ++i)
      reach += height[i] * std::cos(static_cast<float>(i + 1) * angle + phase[i]);
    return 0.8f * (length(p) - radius * std::max(reach, 0.2f));
  };
}

Shape polygon(float radius, Random& random) {
  const int corners = 3 + random.below(4);
  std::vector<std::array<float, 3>> sides;
  for (int i = 0; i < corners; ++i) {
    const float angle =
        (static_cast<float>(i) + random.between(-0.3f, 0.3f)) * kTau / static_cast<float>(corners);
    sides.push_back({std::cos(angle), std::sin(angle), radius * random.between(0.5f, 1)});
  }
  return [sides](Spot p) {
    float most = -1e9f;
    for (const auto& [x, y, reach] : sides) most = std::max(most, p.x * x + p.y * y - reach);
    return most;
  };
}

// ---- Surfaces -----------------------------------------------------------------------------------

Surface of_tiling(Tiling tiling, float gain, float light) {
  return [tiling, gain, light](Spot p, float, float pixel) {
    return scaled(tiling.at(p, pixel), gain * (1 + light * (p.x - 0.5f)));
  };
}

Surface photographed(const Photographs& photographs, Random& random) {
  Tiling tiling = Tiling::surroundings(photographs, random);
  tiling.map =
      Similarity::about({0.5f, 0.5f}, {125, 125}, random.scale(40, 260), random.between(0, kTau));
  return of_tiling(tiling, random.scale(0.5f, 1.6f), random.between(-0.6f, 0.6f));
}

// How much light a place gets, given the distance to the outline.
using Light = std::function<float(Spot, float)>;

// Round like an arm: darker towards the outline.
Light rounded(float thickness, Random& random) {
  const float depth = random.between(0.05f, 0.45f);
  return [=](Spot, float distance) {
    const float inside = std::clamp(-distance / thickness, 0.f, 1.f);
    return 1 - depth + depth * std::sqrt(inside * (2 - inside));
  };
}

// Limbs as a lamp and the room light them: round ones, the higher before the lower, dark where they
// touch. `thickness`: half of theirs, `lifts`: how much higher each lies than the first.
Light relief(std::vector<Capsule> limbs, float thickness, std::vector<float> lifts,
             Random& random) {
  const float turn = random.between(0, kTau), slant = random.between(0.2f, 0.9f);
  const float x = slant * std::cos(turn), y = slant * std::sin(turn);
  const float up = std::sqrt(1 - slant * slant);
  const float room = random.between(0.4f, 0.85f), crease = random.between(0.1f, 0.5f);
  const float width = thickness * random.between(0.08f, 0.3f);
  return [=, limbs = std::move(limbs), lifts = std::move(lifts)](Spot p, float) {
    float highest = -1, second = -1, lamp = 0;
    for (size_t i = 0; i < limbs.size(); ++i) {
      const Capsule::Cut cut = limbs[i].cut(p);
      const float inside =
          1 - (cut.away.x * cut.away.x + cut.away.y * cut.away.y) / (cut.radius * cut.radius);
      if (inside <= 0) continue;
      const float height = lifts[i] + thickness * std::sqrt(inside);
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

Surface skin(const Photographs& photographs, const Photograph& face, Light light, Random& random) {
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

Surface flat(const Rgb& colour, Random& random) {
  const float x = random.between(-0.5f, 0.5f), y = random.between(-0.5f, 0.5f);
  const float gloss = random.chance(0.3f) ? random.between(0, 0.6f) : 0;
  const float width = random.between(0.02f, 0.1f);
  return [=](Spot p, float distance, float) {
    const float shine = gloss * std::exp(-std::pow((distance + 3 * width) / width, 2.f));
    return mix(scaled(colour, 1 + x * (p.x - 0.5f) + y * (p.y - 0.5f)), {255, 255, 255}, shine);
  };
}

Surface patterned(Random& random) {
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

Surface any_surface(const Photographs& photographs, Random& random) {
  if (random.chance(0.5f)) return photographed(photographs, random);
  if (random.chance(0.5f)) return flat(random_colour(random), random);
  return patterned(random);
}

// ---- Things
// ---------------------------------------------------------------------------------------

struct Thing {
  Shape shape;
  Surface surface;
};

// Palm, fingers and forearm, the palm's middle at the origin and the fingers upwards; sizes in
// sides of the crop.
struct Hand {
  std::vector<Capsule> limbs;
  std::vector<float> lifts;  // of each limb, as relief() takes them
};

Hand draw_hand(float size, Random& random) {
  Hand hand;
  const auto add = [&hand](const Capsule& limb, float lift) {
    hand.limbs.push_back(limb);
    hand.lifts.push_back(lift);
  };
  const float palm = 0.2f * size, finger = 0.062f * size * random.between(0.85f, 1.25f);
  add({{0, -0.03f * size}, {0, 0.1f * size}, palm, palm * 0.9f}, 0);
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
    add({root, tip, finger, finger * 0.82f}, finger * (curled ? 0.7f : random.between(0, 0.3f)));
  }
  if (random.chance(0.8f)) {
    const float out = random.chance(0.5f) ? 1.f : -1.f, angle = random.between(0.2f, 1.3f);
    const float reach = random.between(0.15f, 0.3f) * size;
    add({{out * 0.15f * size, 0.05f * size},
         {out * (0.15f * size + reach * std::sin(angle)), 0.05f * size - reach * std::cos(angle)},
         finger * 1.2f,
         finger},
        finger * random.between(0, 1));
  }
  if (random.chance(0.75f)) {
    const float lean = random.between(-0.4f, 0.4f);
    add({{0, 0.12f * size}, {lean * size, 1.6f * size}, 0.15f * size, 0.19f * size}, 0);
  }
  return hand;
}

// `highest`, `lowest`: of where its middle may be.
Thing hand(const Photographs& photographs, const Photograph& face, float highest, float lowest,
           Random& random) {
  const float size = random.between(0.75f, 1.5f);
  const Similarity place =
      Similarity::about({0, 0}, {random.between(-0.1f, 1.1f), random.between(highest, lowest)}, 1,
                        random.chance(0.6f) ? random.between(-1, 1) : random.between(0, kTau));
  Hand hand = draw_hand(size, random);
  Thing thing{placed(union_of(hand.limbs), place), {}};
  if (random.chance(0.08f)) {
    thing.surface = any_surface(photographs, random);  // gloves
  } else {
    Light light = relief(std::move(hand.limbs), 0.062f * size, std::move(hand.lifts), random);
    thing.surface = skin(
        photographs, face,
        [light = std::move(light), back = place.inverse()](Spot p, float distance) {
          return light(back(p), distance);
        },
        random);
  }
  return thing;
}

// A few fingers, or a fingertip, that come in from outside.
Thing fingers(const Photographs& photographs, const Photograph& face, Random& random) {
  std::vector<Capsule> parts;
  const int count = 1 + random.below(4);
  const float angle = random.between(0, kTau), radius = random.between(0.05f, 0.1f);
  const Spot end{random.between(0.15f, 0.85f), random.between(0.2f, 0.95f)};
  const Spot along{std::cos(angle), std::sin(angle)}, aside{-along.y, along.x};
  std::vector<float> lifts;
  for (int i = 0; i < count; ++i) {
    const float step = static_cast<float>(i) * radius * random.between(1.75f, 2.1f);
    const float back = random.between(-0.05f, 0.12f);
    const Spot tip{end.x + aside.x * step + along.x * back,
                   end.y + aside.y * step + along.y * back};
    parts.push_back(
        {tip, {tip.x + 1.6f * along.x, tip.y + 1.6f * along.y}, radius * 0.85f, radius * 1.15f});
    lifts.push_back(radius * random.between(0, 0.3f));
  }
  Shape shape = union_of(parts);
  return {
      std::move(shape),
      skin(photographs, face, relief(std::move(parts), radius, std::move(lifts), random), random)};
}

Thing object(const Photographs& photographs, Random& random) {
  const float radius = random.between(0.12f, 0.55f);
  Shape shape;
  switch (random.below(4)) {
    case 0:
      shape = blob(radius, random.between(0.1f, 0.5f), random);
      break;
    case 1:
      shape = polygon(radius * 1.2f, random);
      break;
    case 2:
      shape = box(radius * random.between(0.5f, 1.4f), radius * random.between(0.5f, 1.4f),
                  random.between(0, 0.3f) * radius);
      break;
    default:
      shape = ellipse(radius * random.between(0.6f, 1.4f), radius * random.between(0.6f, 1.4f));
  }
  const Similarity place =
      Similarity::about({0, 0}, {random.between(-0.1f, 1.1f), random.between(-0.1f, 1.1f)}, 1,
                        random.between(0, kTau));
  return {placed(std::move(shape), place), any_surface(photographs, random)};
}

// A bar, a beam, a pole, an arm: from outside to outside.
Thing bar(const Photographs& photographs, const Photograph& face, Random& random) {
  const float angle = random.chance(0.4f) ? 0.25f * kTau * static_cast<float>(random.below(4))
                                          : random.between(0, kTau);
  const float radius = random.between(0.05f, 0.22f);
  const Similarity place =
      Similarity::about({0, 0}, {random.between(0.1f, 0.9f), random.between(0.1f, 0.9f)}, 1, angle);
  Shape shape = placed(box(2.5f, radius, random.chance(0.5f) ? 0 : radius), place);
  if (random.chance(0.25f))
    return {std::move(shape),
            skin(photographs, face, rounded(radius, random), random)};  // a forearm
  return {std::move(shape), any_surface(photographs, random)};
}

// A rope, a strap, a branch: a stroke that winds about, and the face shows between its turns.
Thing rope(const Photographs& photographs, Random& random) {
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

// A thing with gaps: bars of a fence, meshes of a net, or a plate with holes punched in it.
Thing openwork(const Photographs& photographs, Random& random) {
  const Similarity place = Similarity::about(
      {0, 0}, {random.between(0.1f, 0.9f), random.between(0.1f, 0.9f)}, 1, random.between(0, kTau));
  const Shape outline = random.chance(0.5f)
                            ? box(random.between(0.2f, 0.6f), random.between(0.2f, 0.6f), 0)
                            : blob(random.between(0.25f, 0.55f), 0.3f, random);
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

Thing microphone(Random& random) {
  const float angle = random.between(-0.9f, 0.9f), head = random.between(0.08f, 0.17f);
  const Spot tip{random.between(0.2f, 0.8f), random.between(0.6f, 0.95f)};
  const Shape top = ellipse(head, head * random.between(1, 1.35f));
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

Thing cup(const Photographs& photographs, Random& random) {
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

Thing medical_mask(Random& random) {
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

Thing dark_glasses(Random& random) {
  const float width = random.between(0.11f, 0.16f), height = random.between(0.075f, 0.13f);
  const float apart = random.between(0.155f, 0.175f), level = random.between(0.38f, 0.43f);
  const float corner = random.between(0.3f, 1) * std::min(width, height);
  const Shape lens = box(width, height, corner);
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
  return {placed(both, place), flat(colour, random)};
}

// Strokes in rows, as letters and logos are.
Thing text(Random& random) {
  std::vector<Capsule> strokes;
  const float size = random.between(0.08f, 0.25f), thick = size * random.between(0.08f, 0.18f);
  const int letters = 2 + random.below(5), rows = 1 + random.below(2);
  for (int row = 0; row < rows; ++row)
    for (int letter = 0; letter < letters; ++letter) {
      const float x = static_cast<float>(letter) * size * 0.85f,
                  y = static_cast<float>(row) * size * 1.5f;
      for (int stroke = 2 + random.below(2); stroke > 0; --stroke) {
        const auto corner = [&] {
          return Spot{x + 0.3f * size * static_cast<float>(random.below(3)),
                      y + 0.5f * size * static_cast<float>(random.below(3))};
        };
        strokes.push_back({corner(), corner(), thick, thick});
      }
    }
  const Similarity place =
      Similarity::about({static_cast<float>(letters) * size * 0.42f, size * 0.5f},
                        {random.between(0.2f, 0.8f), random.between(0.15f, 0.9f)}, 1,
                        random.chance(0.6f) ? 0 : random.between(-0.8f, 0.8f));
  const Shape letters_shape = union_of(std::move(strokes));
  const Rgb ink = random.chance(0.6f) ? Rgb{255, 255, 255} : random_colour(random),
            paper = random_colour(random);
  if (random.chance(0.4f)) {  // on a plate
    const float width = static_cast<float>(letters) * size * 0.5f,
                height = static_cast<float>(rows) * size * 0.85f;
    const Shape plate = box(width, height, 0.02f);
    const Spot middle{static_cast<float>(letters) * size * 0.42f,
                      static_cast<float>(rows) * size * 0.65f};
    const Similarity back = place.inverse();
    return {placed(
                [=](Spot p) {
                  return plate({p.x - middle.x, p.y - middle.y});
                },
                place),
            [=](Spot p, float, float pixel) {
              return letters_shape(back(p)) < 0.5f * pixel ? ink : paper;
            }};
  }
  return {placed(letters_shape, place), [=](Spot, float, float) { return ink; }};
}

}  // namespace

Occluder Occluder::attempt(const Photographs& photographs, const Photograph& face, bool solid_only,
                           Random& random) {
  Occluder occluder;
  Thing thing;
  // What covers most faces in videos is a hand.
  float kind = random.unit() * (random.chance(0.2f) ? kShareOfHands : 1);
  while (solid_only && ((kind >= 0.54f && kind < 0.62f) || (kind >= 0.8f && kind < 0.9f)))
    kind = random.unit();
  bool solid = true;  // casts a shadow
  const bool is_hand = kind < kShareOfHands;
  if (kind < 0.24f) {
    thing = hand(photographs, face, 0.05f, 1.15f, random);
  } else if (kind < kShareOfHands) {
    thing = fingers(photographs, face, random);
  } else if (kind < 0.54f) {
    thing = object(photographs, random);
  } else if (kind < 0.58f) {
    thing = rope(photographs, random);
  } else if (kind < 0.62f) {
    thing = openwork(photographs, random);
  } else if (kind < 0.7f) {
    thing = bar(photographs, face, random);
  } else if (kind < 0.75f) {
    thing = microphone(random);
  } else if (kind < 0.8f) {
    thing = cup(photographs, random);
  } else if (kind < 0.86f) {
    thing = medical_mask(random);
    occluder.kind_ = OccluderKind::kMedicalMask;
  } else if (kind < 0.9f) {
    thing = dark_glasses(random);
    occluder.kind_ = OccluderKind::kSunglasses;
  } else if (kind < 0.94f) {
    thing = text(random);
    solid = false;
    occluder.kind_ = OccluderKind::kMark;
  } else {
    thing = random.chance(0.5f) ? object(photographs, random) : bar(photographs, face, random);
    thing.surface = nullptr;
    solid = false;
    occluder.cell_ = random.between(0.05f, 0.14f);
    occluder.smooth_ = random.chance(0.5f);
    occluder.kind_ = OccluderKind::kMark;
  }
  if (is_hand) occluder.kind_ = OccluderKind::kHand;
  occluder.shape_ = std::move(thing.shape);
  occluder.surface_ = std::move(thing.surface);
  occluder.softness_ = random.chance(0.35f) ? random.between(0, 0.025f) : 0;
  if (solid && random.chance(is_hand ? 0.3f : 0.08f)) {
    const float far = random.scale(0.02f, 0.2f), direction = random.between(0, kTau);
    occluder.motion_ = {far * std::cos(direction), far * std::sin(direction)};
  }
  if (solid && random.chance(0.6f)) {
    occluder.shadow_ = random.between(0.1f, 0.55f);
    occluder.shadow_offset_ = {random.between(-0.05f, 0.05f), random.between(-0.02f, 0.07f)};
    occluder.shadow_width_ = random.between(0.02f, 0.12f);
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
    Occluder occluder;
    occluder.kind_ = OccluderKind::kHand;
    Thing thing = hand(photographs, face, 0.8f, 1.4f, random);
    occluder.shape_ = std::move(thing.shape);
    occluder.surface_ = std::move(thing.surface);
    const float far = random.between(0.03f, 0.25f), direction = random.between(0, kTau);
    occluder.motion_ = {far * std::cos(direction), far * std::sin(direction)};
    return occluder;
  });
}

float Occluder::coverage() const {
  constexpr int kSide = 20;
  int covered = 0;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      covered += shape_({(static_cast<float>(x) + 0.5f) / kSide,
                         (static_cast<float>(y) + 0.5f) / kSide}) < 0;
  return static_cast<float>(covered) / (kSide * kSide);
}

void Occluder::paint(Image& picture, Image* mask, const Similarity& to_unit) const {
  // Arms reach out of the crop, as far as this.
  constexpr float kReach = 0.7f;
  const Similarity back = to_unit.inverse();
  float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
  for (const Spot corner : {Spot{-kReach, -kReach}, Spot{1 + kReach, -kReach},
                            Spot{-kReach, 1 + kReach}, Spot{1 + kReach, 1 + kReach}}) {
    const Spot p = back(corner);
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  const int x0 = std::clamp(static_cast<int>(left), 0, picture.width);
  const int x1 = std::clamp(static_cast<int>(right) + 1, 0, picture.width);
  const int y0 = std::clamp(static_cast<int>(top), 0, picture.height);
  const int y1 = std::clamp(static_cast<int>(bottom) + 1, 0, picture.height);
  if (x0 >= x1 || y0 >= y1) return;
  const float pixel_width = to_unit.scale(), edge = std::max(pixel_width * 0.7f, softness_);

  Image cells;
  if (surface_ == nullptr) {
    const int side = std::max(2, static_cast<int>(cell_ / pixel_width));
    const Image part = crop(picture.view(), x0, y0, x1 - x0, y1 - y0);
    cells = resize(part.view(), std::max(1, (x1 - x0) / side), std::max(1, (y1 - y0) / side));
    if (smooth_) cells = resize(cells.view(), x1 - x0, y1 - y0);
  }
  // What moves is seen at several places at once.
  const int sights =
      std::clamp(1 + static_cast<int>(length(motion_) / (1.5f * pixel_width)), 1, kMostSights);
  const auto paint_pixel = [&](int x, int y) {
    const Spot p = to_unit({static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f});
    float share = 0;
    Rgb own{};
    for (int sight = 0; sight < sights; ++sight) {
      const float t = (static_cast<float>(sight) + 0.5f) / static_cast<float>(sights) - 0.5f;
      const Spot there{p.x - t * motion_.x, p.y - t * motion_.y};
      const float distance = shape_(there);
      const float part = std::clamp(0.5f - distance / (2 * edge), 0.f, 1.f);
      if (part <= 0) continue;
      const Rgb seen =
          surface_ != nullptr
              ? surface_(there, distance, pixel_width)
              : pixel(cells, std::min(cells.width - 1, (x - x0) * cells.width / (x1 - x0)),
                      std::min(cells.height - 1, (y - y0) * cells.height / (y1 - y0)));
      for (size_t c = 0; c < own.size(); ++c) own[c] += part * seen[c];
      share += part;
    }
    Rgb colour = pixel(picture, x, y);
    bool changed = share > 0;
    if (changed) own = scaled(own, 1 / share);
    share /= static_cast<float>(sights);
    if (shadow_ > 0 && share < 1) {
      const float away = shape_({p.x - shadow_offset_.x, p.y - shadow_offset_.y});
      const float dark = shadow_ * std::clamp(0.5f - away / (2 * shadow_width_), 0.f, 1.f);
      colour = scaled(colour, 1 - dark);
      changed |= dark > 0;
    }
    if (!changed) return;
    set_pixel(picture, x, y, share > 0 ? mix(colour, own, share) : colour);
    if (mask != nullptr && share >= 0.5f) mask->row(y)[x] = 255;
  };
  // Blocks far outside are passed over; distances are exact only roughly.
  constexpr int kBlock = 8;
  const float reach = 1.6f * (kBlock * pixel_width + edge + shadow_width_ + length(shadow_offset_) +
                              length(motion_) / 2);
  for (int top_row = y0; top_row < y1; top_row += kBlock)
    for (int left_column = x0; left_column < x1; left_column += kBlock) {
      const Spot middle = to_unit({static_cast<float>(left_column) + kBlock / 2.f,
                                   static_cast<float>(top_row) + kBlock / 2.f});
      if (shape_(middle) > reach) continue;
      for (int y = top_row; y < std::min(y1, top_row + kBlock); ++y)
        for (int x = left_column; x < std::min(x1, left_column + kBlock); ++x) paint_pixel(x, y);
    }
}

}  // namespace ganface::train
