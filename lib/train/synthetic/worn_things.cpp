// SPDX-License-Identifier: MIT
// Owns the synthetic things that people wear, hold or grow before their faces, put on by their
// landmarks.
#include "train/synthetic/worn_things.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace ganface::train {
namespace {

using Label = HeadLabel;

Spot between(Spot a, Spot b, float share) {
  return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
}

float distance(Spot a, Spot b) { return std::hypot(a.x - b.x, a.y - b.y); }

// The face's own axes and size in the picture, by its irises, bridge and chin.
struct FaceFrame {
  Spot middle, down;  // `down` is one canonical side long

  explicit FaceFrame(const std::vector<Spot>& points) {
    const Spot eyes = between(points[Label::kLeftIris], points[Label::kRightIris], 0.5f);
    const Spot chin = points[Label::kChin];
    // From the pupils to the chin it is 0.595 of the side.
    down = {(chin.x - eyes.x) / 0.595f, (chin.y - eyes.y) / 0.595f};
    middle = between(eyes, chin, 0.5f);
  }
  float side() const { return std::hypot(down.x, down.y); }
  // A point moved by shares of the side to the face's right and down.
  Spot moved(Spot p, float right, float below) const {
    return {p.x + right * down.y + below * down.x, p.y - right * down.x + below * down.y};
  }
};

// Calls paint(x, y, share) for each pixel that a shape (alpha of a point, 0 to 1) touches, near
// `corners`.
template <typename Shape, typename Paint>
void for_shape(const Image& picture, const std::vector<Spot>& corners, float margin, Shape shape,
               Paint paint) {
  float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
  for (const Spot& p : corners) {
    left = std::min(left, p.x - margin);
    right = std::max(right, p.x + margin);
    top = std::min(top, p.y - margin);
    bottom = std::max(bottom, p.y + margin);
  }
  const auto clamped = [](float value, int most) {
    return static_cast<int>(std::clamp(value, 0.f, static_cast<float>(most)));
  };
  for (int y = clamped(top, picture.height); y < clamped(bottom + 1, picture.height); ++y)
    for (int x = clamped(left, picture.width); x < clamped(right + 1, picture.width); ++x) {
      const float share = shape(Spot{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f});
      if (share > 0) paint(x, y, std::min(share, 1.f));
    }
}

float distance_to_segment(Spot p, Spot a, Spot b) {
  const Spot along{b.x - a.x, b.y - a.y};
  const float squared = std::max(along.x * along.x + along.y * along.y, 1e-6f);
  const float t = std::clamp(((p.x - a.x) * along.x + (p.y - a.y) * along.y) / squared, 0.f, 1.f);
  return std::hypot(p.x - a.x - t * along.x, p.y - a.y - t * along.y);
}

// Signed distance to a closed polygon, negative inside.
float distance_to_polygon(Spot p, const std::vector<Spot>& corners) {
  float nearest = 1e9f;
  bool inside = false;
  for (size_t i = 0; i < corners.size(); ++i) {
    const Spot &a = corners[i], &b = corners[(i + 1) % corners.size()];
    nearest = std::min(nearest, distance_to_segment(p, a, b));
    if ((a.y <= p.y) != (b.y <= p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x))
      inside = !inside;
  }
  return inside ? -nearest : nearest;
}

void add_curve(std::vector<Spot>& line, Spot from, Spot control, Spot to) {
  constexpr int kSteps = 6;
  for (int i = 0; i < kSteps; ++i) {
    const float t = static_cast<float>(i) / kSteps;
    line.push_back(between(between(from, control, t), between(control, to, t), t));
  }
}

// Colour of cloth at a point in shares of the face's side about the mask's middle.
using Cloth = std::function<Rgb(float right, float below)>;

// A figure of a print.
struct Motif {
  enum class Shape { kDisc, kRing, kStar, kBar, kPicture };
  Shape shape;
  Spot at;           // its middle, shares of the print's width
  float size, turn;  // size: of half its width, shares of the face's side
  Rgb colour;
  const RealCutout* picture = nullptr;

  // Whether it shows at a point (its own axes, 1 = its edge); `colour_there` becomes its colour.
  bool shows(Spot p, Rgb& colour_there) const {
    const float radius = std::hypot(p.x, p.y);
    colour_there = colour;
    switch (shape) {
      case Shape::kDisc:
        return radius < 1;
      case Shape::kRing:
        return radius < 1 && radius > 0.6f;
      case Shape::kStar:
        return radius < 0.7f + 0.3f * std::cos(5 * std::atan2(p.y, p.x));
      case Shape::kBar:
        return std::abs(p.x) < 1 && std::abs(p.y) < 0.28f;
      case Shape::kPicture:
        break;
    }
    const Image& image = picture->picture;
    const int x = static_cast<int>((0.5f + 0.5f * p.x) * static_cast<float>(image.width));
    const int y = static_cast<int>((0.5f + 0.5f * p.y) * static_cast<float>(image.height));
    if (std::abs(p.x) >= 1 || std::abs(p.y) >= 1 || picture->mask.row(y)[x] < 128) return false;
    colour_there = pixel(image, x, y);
    return true;
  }
};

// Figures strewn over cloth of one colour, as on children's masks; or a few large ones: a logo, a
// valve, a drawn mouth.
Cloth draw_print(const std::vector<RealCutout>& pictures, Random& random) {
  const Rgb ground = random_colour(random);
  Rgb palette[4];
  for (Rgb& colour : palette) colour = random_colour(random);
  const bool is_pictured = !pictures.empty() && random.chance(0.5f);
  const bool is_strewn = random.chance(0.75f);
  const float width = is_strewn ? random.between(0.3f, 0.8f) : 2;  // after which it repeats
  std::vector<Motif> motifs(
      static_cast<size_t>(is_strewn ? 4 + random.below(24) : 1 + random.below(5)));
  const auto shape = static_cast<Motif::Shape>(random.below(4));
  for (Motif& motif : motifs) {
    motif.shape = is_pictured && random.chance(0.8f) ? Motif::Shape::kPicture
                  : random.chance(0.5f)              ? shape
                                                     : static_cast<Motif::Shape>(random.below(4));
    motif.at = is_strewn
                   ? Spot{random.unit(), random.unit()}
                   : Spot{0.5f + random.between(-0.12f, 0.12f), 0.5f + random.between(-0.1f, 0.1f)};
    motif.size = is_strewn ? random.scale(0.015f, 0.12f) : random.scale(0.03f, 0.25f);
    motif.turn = random.between(0, 6.28f);
    motif.colour = palette[random.below(4)];
    if (motif.shape == Motif::Shape::kPicture)
      motif.picture =
          &pictures[static_cast<size_t>(random.below(static_cast<int>(pictures.size())))];
  }
  return [=](float right, float below) {
    Rgb colour = ground;
    for (const Motif& motif : motifs) {
      // The nearest of its copies.
      const auto off = [width](float p, float at) {
        const float share = p / width + 0.5f - at;
        return (share - std::round(share)) * width;
      };
      const float x = off(right, motif.at.x) / motif.size, y = off(below, motif.at.y) / motif.size;
      if (std::abs(x) > 1.5f || std::abs(y) > 1.5f) continue;
      const float cosine = std::cos(motif.turn), sine = std::sin(motif.turn);
      Rgb there;
      if (motif.shows({cosine * x + sine * y, cosine * y - sine * x}, there)) colour = there;
    }
    return colour;
  };
}

Cloth draw_cloth(const Photographs& photographs, const std::vector<RealCutout>& pictures,
                 Random& random) {
  constexpr Rgb kUsual[] = {{140, 185, 215}, {165, 205, 225}, {235, 238, 240}, {225, 225, 220},
                            {35, 35, 40},    {60, 62, 70},    {140, 205, 190}, {235, 190, 200}};
  const float lot = random.unit();
  if (lot < 0.45f) {
    const Rgb colour = random.chance(0.8f)
                           ? scaled(kUsual[random.below(8)], random.between(0.7f, 1.1f))
                           : random_colour(random);
    return [colour](float, float) { return colour; };
  }
  if (lot < 0.7f) return draw_print(pictures, random);
  if (lot < 0.83f) {
    const Rgb first = random_colour(random), second = random_colour(random);
    const float rate = random.scale(8, 70), turn = random.between(0, 3.1416f);
    const float cosine = std::cos(turn), sine = std::sin(turn);
    const int kind = random.below(3);
    return [=](float right, float below) {
      const float x = rate * (cosine * right + sine * below);
      const float y = rate * (cosine * below - sine * right);
      if (kind == 0) return mix(first, second, std::clamp(0.5f + 2 * std::sin(x), 0.f, 1.f));
      if (kind == 1) return std::sin(x) * std::sin(y) > 0.45f ? first : second;
      return mix(first, second, 0.5f + 0.5f * std::sin(x + 2 * std::sin(0.7f * y)));
    };
  }
  // Anything, or another face's skin.
  const Photograph& photograph = photographs.any(random);
  Tiling tiling = random.chance(0.7f) ? Tiling::surroundings(photographs, random)
                                      : Tiling::skin(photograph, random);
  tiling.map = Similarity::about({0, 0}, {125, 125}, random.scale(60, 260), random.between(0, 6));
  const float gain = random.scale(0.6f, 1.4f);
  return [tiling, gain](float right, float below) {
    return scaled(tiling.at({right, below}, 0.01f), gain);
  };
}

// The outline of a mask: its upper edge from the left over the nose to the right, then along the
// jaw and below the chin back.
std::vector<Spot> mask_outline(const std::vector<Spot>& points, const FaceFrame& frame,
                               bool is_scarf, Random& random) {
  const auto oval = [&](float index) {
    const auto i = static_cast<size_t>(index);
    return between(points[i], points[(i + 1) % Label::kOval], index - static_cast<float>(i));
  };
  // How far down the cheek the corners lie, in points of the outline, and how far towards the nose.
  const float low = random.between(is_scarf ? -0.5f : 0.2f, 2.6f);
  const float inwards = is_scarf ? random.between(-0.15f, 0) : random.between(-0.06f, 0.22f);
  const Spot nose =
      random.chance(0.1f)
          ? frame.moved(points[Label::kTip], 0, random.between(0, 0.09f))
          : between(points[Label::kBridge], points[Label::kTip], random.between(-0.1f, 0.8f));
  const Spot left = between(oval(Label::kLeft - low), points[Label::kTip], inwards);
  const Spot right = between(oval(Label::kRight + low), points[Label::kTip], inwards);
  const float lift = random.between(-0.03f, 0.07f);
  std::vector<Spot> outline;
  add_curve(outline, left, frame.moved(between(left, nose, 0.55f), 0, -lift), nose);
  add_curve(outline, nose, frame.moved(between(nose, right, 0.45f), 0, -lift), right);
  const float loose = random.between(-0.03f, 0.07f);
  const float below = is_scarf ? random.between(0.15f, 0.5f) : random.between(0, 0.13f);
  const size_t first = static_cast<size_t>(std::ceil(Label::kRight + low + 0.5f));
  const size_t last = static_cast<size_t>(std::floor(Label::kLeft - low - 0.5f));
  for (size_t i = first; i <= last; ++i) {
    const float height = 1 - std::abs(static_cast<float>(i) - static_cast<float>(Label::kChin)) /
                                 static_cast<float>(Label::kChin - first + 1);
    const Spot out = between(points[i], points[Label::kTip], -loose);
    const float wide = is_scarf ? 0.12f * (i < Label::kChin ? height : -height) : 0;
    outline.push_back(frame.moved(out, wide, below * std::sqrt(std::max(height, 0.f))));
  }
  return outline;
}

}  // namespace

void wear_mask(Image& picture, Image& mask, const std::vector<Spot>& points,
               const Photographs& photographs, const std::vector<RealCutout>& pictures,
               Random& random) {
  const FaceFrame frame(points);
  const float side = frame.side();
  const bool is_scarf = random.chance(0.15f);
  const std::vector<Spot> outline = mask_outline(points, frame, is_scarf, random);
  const Cloth cloth = draw_cloth(photographs, pictures, random);
  const Spot middle = between(points[Label::kTip], points[Label::kChin], 0.5f);

  // Straps, to the ears or round the head.
  std::vector<std::pair<Spot, Spot>> straps;
  const float strap = random.between(0.004f, 0.013f) * side;
  if (!is_scarf && random.chance(0.85f)) {
    const bool round = random.chance(0.2f);
    for (const bool is_left : {true, false}) {
      const float out = (is_left ? -1.f : 1.f) * random.between(0.02f, 0.1f);
      const Spot ear = points[is_left ? Label::kLeft : Label::kRight];
      const Spot upper = is_left ? outline.front() : outline[12];
      const Spot lower = is_left ? outline.back() : outline[14];
      straps.push_back({upper, frame.moved(ear, out, round ? -0.25f : random.between(-0.1f, 0))});
      straps.push_back({lower, frame.moved(ear, out, random.between(0.02f, 0.12f))});
    }
  }
  const Rgb strap_colour = random.chance(0.7f) ? Rgb{230, 230, 230} : random_colour(random);

  // A hem of another colour.
  const float hem = random.chance(0.3f) ? random.between(0.01f, 0.035f) * side : 0;
  const Rgb hem_colour = random.chance(0.4f) ? Rgb{230, 230, 230} : random_colour(random);
  const float folds = random.chance(0.5f) ? random.between(0.03f, 0.16f) : 0;
  const float rate = random.between(35, 70), bulge = random.between(0.1f, 0.6f);
  const float slope_x = random.between(-0.7f, 0.7f), slope_y = random.between(-0.6f, 0.3f);
  const float wrinkle = random.chance(0.5f) ? random.between(0.02f, 0.1f) : 0;
  const float wrinkle_rate = random.between(10, 40), wrinkle_turn = random.between(0, 3.1f);
  const float shadow = random.chance(0.7f) ? random.between(0.1f, 0.5f) : 0;
  const float shadow_width = random.between(0.01f, 0.05f) * side;
  const float soft = std::max(0.5f, random.chance(0.3f) ? random.between(0, 0.012f) * side : 0);

  std::vector<Spot> corners = outline;
  for (const auto& [from, to] : straps) corners.push_back(to);
  const auto strap_distance = [&](Spot p) {
    float nearest = 1e9f;
    for (const auto& [from, to] : straps)
      nearest = std::min(nearest, distance_to_segment(p, from, to) - strap);
    return nearest;
  };
  for_shape(
      picture, corners, 2 * shadow_width + 2, [](Spot) { return 1.f; },
      [&](int x, int y, float) {
        const Spot p{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
        const float away = distance_to_polygon(p, outline);
        const float cover = std::clamp(0.5f - away / (2 * soft), 0.f, 1.f);
        const float band = std::clamp(0.5f - strap_distance(p), 0.f, 1.f);
        Rgb colour = pixel(picture, x, y);
        if (cover < 1 && shadow > 0) {
          const float dark = shadow * std::clamp(1 - away / shadow_width, 0.f, 1.f);
          colour = scaled(colour, 1 - dark);
        }
        if (band > 0) colour = mix(colour, strap_colour, band);
        if (cover > 0) {
          const Spot from{(p.x - middle.x) / side, (p.y - middle.y) / side};
          const float u = frame.down.x / side, v = frame.down.y / side;
          const float right = from.x * v - from.y * u, below = from.x * u + from.y * v;
          float light = 1 + slope_x * right + slope_y * below - bulge * 4 * right * right;
          light *= 1 - folds * std::max(0.f, std::sin(rate * below + 6 * right * right));
          light *= 1 - wrinkle * std::sin(wrinkle_rate * (right * std::cos(wrinkle_turn) +
                                                          below * std::sin(wrinkle_turn)) +
                                          3 * std::sin(9 * right));
          const Rgb own = away > -hem ? hem_colour : cloth(right, below);
          colour = mix(colour, scaled(own, std::max(light, 0.1f)), cover);
        }
        set_pixel(picture, x, y, colour);
        if (std::max(cover, band) >= 0.5f) mask.row(y)[x] = 255;
      });
}

void wear_glasses(Image& picture, Image& mask, const std::vector<Spot>& points, bool dark,
                  Random& random) {
  const FaceFrame frame(points);
  const float side = frame.side();
  const Spot left = points[Label::kLeftIris], right = points[Label::kRightIris];
  const float apart = distance(left, right);
  const float half_width = random.between(0.36f, 0.47f) * apart;
  const float half_height =
      (dark ? random.between(0.075f, 0.14f) : random.between(0.055f, 0.12f)) * side;
  const float power = random.between(2, 5), sunk = random.between(-0.01f, 0.04f);
  const float wire =
      (random.chance(0.5f) ? random.between(0.002f, 0.007f) : random.between(0.007f, 0.025f)) *
      side;
  const bool half_frame = !dark && random.chance(0.25f);
  const Rgb frame_colour = random.chance(0.7f) ? Rgb{random.between(10, 70), random.between(10, 60),
                                                     random.between(10, 60)}
                                               : random_colour(random);
  const Spot centres[] = {frame.moved(left, -0.01f, sunk), frame.moved(right, 0.01f, sunk)};
  const Spot across{(right.x - left.x) / apart, (right.y - left.y) / apart};
  const auto in_lens = [&](Spot p, Spot centre) {
    const float dx = p.x - centre.x, dy = p.y - centre.y;
    return Spot{(dx * across.x + dy * across.y) / half_width,
                (dy * across.x - dx * across.y) / half_height};
  };
  const auto lens_distance = [&](Spot own) {
    const float radius =
        std::pow(std::pow(std::abs(own.x), power) + std::pow(std::abs(own.y), power), 1 / power);
    return (radius - 1) * std::min(half_width, half_height);
  };
  const Spot hinges[] = {{centres[0].x - across.x * half_width,
                          centres[0].y - across.y * half_width - 0.3f * half_height},
                         {centres[1].x + across.x * half_width,
                          centres[1].y + across.y * half_width - 0.3f * half_height}};
  const Spot ears[] = {frame.moved(points[Label::kLeft], -0.02f, random.between(-0.06f, 0)),
                       frame.moved(points[Label::kRight], 0.02f, random.between(-0.06f, 0))};
  const Spot bridge[] = {{centres[0].x + across.x * half_width,
                          centres[0].y + across.y * half_width - 0.3f * half_height},
                         {centres[1].x - across.x * half_width,
                          centres[1].y - across.y * half_width - 0.3f * half_height}};
  // What the lenses show: a tint, and something bright mirrored in a band of them.
  const Rgb tint = dark ? (random.chance(0.8f) ? Rgb{random.between(5, 60), random.between(5, 50),
                                                     random.between(5, 60)}
                                               : scaled(random_colour(random), 0.7f))
                        : random_colour(random);
  const float opaque = dark                  ? random.between(0.78f, 1)
                       : random.chance(0.3f) ? random.between(0, 0.35f)
                                             : 0;
  const float fade = dark && random.chance(0.4f) ? random.between(0, 0.35f) : 0;
  const Rgb mirrored = random.chance(0.6f) ? Rgb{255, 255, 255} : random_colour(random);
  const float shine =
      random.chance(dark ? 0.5f : 0.6f) ? random.between(0.1f, dark ? 0.6f : 0.95f) : 0;
  const float slant = random.between(-1.5f, 1.5f), place = random.between(-0.8f, 0.8f);
  const float width = random.between(0.1f, 0.9f), shine_edge = random.between(0.03f, 0.5f);
  std::vector<Spot> corners{hinges[0], hinges[1], ears[0], ears[1]};
  for_shape(
      picture, corners, half_height * 1.6f + wire, [](Spot) { return 1.f; },
      [&](int x, int y, float) {
        const Spot p{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
        float ring = 1e9f, lens = 1e9f;
        Rgb colour = pixel(picture, x, y);
        for (const Spot& centre : centres) {
          const Spot own = in_lens(p, centre);
          const float away = lens_distance(own);
          lens = std::min(lens, away);
          if (half_frame && own.y > 0.1f) continue;
          ring = std::min(ring, std::abs(away) - wire);
        }
        for (const Spot& centre : centres) {
          const Spot own = in_lens(p, centre);
          const float cover = std::clamp(0.5f - lens_distance(own), 0.f, 1.f);
          if (cover <= 0) continue;
          colour = mix(colour, tint, cover * std::max(0.f, opaque - fade * (0.5f + 0.5f * own.y)));
          const float off = (std::abs(own.x + slant * own.y - place) - width) / shine_edge;
          colour = mix(colour, mirrored, cover * shine * std::clamp(-off, 0.f, 1.f));
        }
        float bars = distance_to_segment(p, bridge[0], bridge[1]) - wire;
        for (int i = 0; i < 2; ++i)
          bars = std::min(bars, distance_to_segment(p, hinges[i], ears[i]) - 0.8f * wire);
        const float solid = std::clamp(0.5f - std::min(ring, bars), 0.f, 1.f);
        if (solid > 0) colour = mix(colour, frame_colour, solid);
        set_pixel(picture, x, y, colour);
        if (solid >= 0.5f || lens < 0) mask.row(y)[x] = 255;
      });
}

// How a cut-out is held before a face.
struct Held {
  Spot to;            // where its middle comes to lie, pixels of the picture
  float size;         // of its picture's side there
  float turn;         // radians
  float match;        // how much it takes on the face's colours, 0 to 1
  Spot motion{0, 0};  // while the picture was taken, pixels
};

void hold(Image& picture, Image& mask, const FaceFrame& frame, const RealCutout& cutout,
          const Held& held, Random& random) {
  const float side = frame.side();
  const Spot to = held.to;
  const float size = held.size;
  const bool is_mirrored = random.chance(0.5f);
  const auto width = static_cast<float>(cutout.picture.width);
  const Similarity back = Similarity::about(
      to, {width / 2, static_cast<float>(cutout.picture.height) / 2}, width / size, held.turn);
  // Means of the thing's and of the face's colours.
  Rgb own{}, face{};
  float own_count = 0, face_count = 0;
  for (int y = 0; y < cutout.mask.height; ++y)
    for (int x = 0; x < cutout.mask.width; ++x) {
      if (cutout.mask.row(y)[x] < 128) continue;
      ++own_count;
      for (size_t c = 0; c < 3; ++c) own[c] += pixel(cutout.picture, x, y)[c];
    }
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const float away = distance(frame.middle, {static_cast<float>(x), static_cast<float>(y)});
      if (away > 0.25f * side) continue;
      ++face_count;
      for (size_t c = 0; c < 3; ++c) face[c] += pixel(picture, x, y)[c];
    }
  if (own_count < 1 || face_count < 1) return;
  Rgb gain{};
  const float light = random.scale(0.75f, 1.3f);
  for (size_t c = 0; c < 3; ++c) {
    const float ratio = (face[c] / face_count) / std::max(own[c] / own_count, 8.f);
    gain[c] = light * std::pow(std::clamp(ratio, 0.2f, 5.f), held.match);
  }
  const float shadow = random.chance(0.6f) ? random.between(0.1f, 0.5f) : 0;
  const Spot cast{random.between(-0.04f, 0.04f) * side, random.between(-0.01f, 0.06f) * side};
  const auto at = [&](Spot p) {
    const Spot q = back(p);
    return Spot{is_mirrored ? width - q.x : q.x, q.y};
  };
  const auto share_at = [&](Spot p) {
    const Spot q = at(p);
    const float x = q.x - 0.5f, y = q.y - 0.5f;
    const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
    if (left < 0 || top < 0 || left + 1 >= cutout.mask.width || top + 1 >= cutout.mask.height)
      return 0.f;
    const float fx = x - static_cast<float>(left), fy = y - static_cast<float>(top);
    const uint8_t* above = cutout.mask.row(top) + left;
    const uint8_t* below = cutout.mask.row(top + 1) + left;
    return ((static_cast<float>(above[0]) * (1 - fx) + static_cast<float>(above[1]) * fx) *
                (1 - fy) +
            (static_cast<float>(below[0]) * (1 - fx) + static_cast<float>(below[1]) * fx) * fy) /
           255;
  };
  const Photograph photograph(cutout.picture);
  const float step = back.scale();
  constexpr float kCovers = 0.4f;  // of the time that the picture was taken
  const float way = std::hypot(held.motion.x, held.motion.y);
  const int moments = way > 0 ? 2 + static_cast<int>(way / 2) : 1;
  for_shape(
      picture, {to}, 0.75f * size + way, [](Spot) { return 1.f; },
      [&](int x, int y, float) {
        const Spot p{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
        float cover = 0;
        Rgb seen{};
        for (int i = 0; i < moments; ++i) {
          const float t = (static_cast<float>(i) + 0.5f) / static_cast<float>(moments) - 0.5f;
          const Spot then{p.x + t * held.motion.x, p.y + t * held.motion.y};
          const float share = share_at(then) / static_cast<float>(moments);
          if (share <= 0) continue;
          const Rgb shown = photograph.at(at(then), step);
          for (size_t c = 0; c < 3; ++c) seen[c] += share * shown[c];
          cover += share;
        }
        Rgb colour = pixel(picture, x, y);
        if (shadow > 0 && cover < 1)
          colour = scaled(colour, 1 - shadow * share_at({p.x - cast.x, p.y - cast.y}));
        if (cover > 0) colour = mix(colour, multiplied(scaled(seen, 1 / cover), gain), cover);
        set_pixel(picture, x, y, colour);
        if (cover >= kCovers) mask.row(y)[x] = 255;
      });
}

void hold_hand(Image& picture, Image& mask, const std::vector<Spot>& points, const RealCutout& hand,
               Random& random) {
  const FaceFrame frame(points);
  Held held;
  // Mouth and chin are covered most often.
  held.to = frame.moved(points[HeadLabel::kTip], random.between(-0.5f, 0.5f),
                        random.between(-0.35f, 0.55f));
  held.size = random.between(0.7f, 1.5f) * frame.side();
  held.turn = random.chance(0.6f) ? random.between(-0.8f, 0.8f) : random.between(0, 6.28f);
  held.match = random.chance(0.6f) ? random.between(0.6f, 1) : random.between(0, 0.4f);
  // Signing hands are seldom sharp.
  if (random.chance(0.4f))
    held.motion = {random.between(-0.16f, 0.16f) * frame.side(),
                   random.between(-0.16f, 0.16f) * frame.side()};
  hold(picture, mask, frame, hand, held, random);
}

void hold_object(Image& picture, Image& mask, const std::vector<Spot>& points,
                 const RealCutout& object, Random& random) {
  const FaceFrame frame(points);
  Held held;
  held.to = random.chance(0.6f)
                ? frame.moved(points[HeadLabel::kTip], random.between(-0.3f, 0.3f),
                              random.between(0.1f, 0.6f))
                : frame.moved(points[HeadLabel::kTip], random.between(-0.55f, 0.55f),
                              random.between(-0.6f, 0.6f));
  held.size = random.scale(0.2f, 1.4f) * frame.side();
  held.turn = random.between(0, 6.28f);
  held.match = random.chance(0.3f) ? random.between(0.2f, 0.8f) : 0;
  hold(picture, mask, frame, object, held, random);
}

void put_cover(Image& picture, Image& kinds, const std::vector<Spot>& points,
               const Photograph& other, const HeadLabel& label, const Similarity& map,
               Random& random) {
  const FaceFrame frame(points);
  const Similarity back = map.inverse();
  const float step = back.scale();
  // Its skin becomes the face's, more or less.
  const float match = random.chance(0.6f) ? random.between(0.5f, 1) : 0;
  const float light = random.scale(0.8f, 1.25f);
  const Spot bridge = label.points[HeadLabel::kBridge];
  const float radius = 0.08f * frame.side();
  Rgb theirs{}, own{};
  float count = 0;
  for (float v = -radius; v <= radius; v += 1.5f)
    for (float u = -radius; u <= radius; u += 1.5f) {
      const Spot here{points[HeadLabel::kBridge].x + u, points[HeadLabel::kBridge].y + v};
      const int x = static_cast<int>(here.x), y = static_cast<int>(here.y);
      if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) continue;
      ++count;
      const Rgb there = other.at({bridge.x + step * u, bridge.y + step * v}, step);
      for (size_t c = 0; c < 3; ++c) {
        own[c] += pixel(picture, x, y)[c];
        theirs[c] += there[c];
      }
    }
  Rgb gain{light, light, light};
  for (size_t c = 0; c < 3 && count > 0; ++c)
    gain[c] *= std::pow(std::clamp((own[c] + count) / (theirs[c] + count), 0.3f, 3.f), match);
  for (const HeadLabel::Cover& cover : label.covers) {
    Image mask(picture.width, picture.height, 1), soft(picture.width, picture.height, 3);
    fill_polygon(mask, moved(cover.outline, map), 255);
    for (size_t i = 0; i < mask.pixels.size(); ++i)
      std::fill_n(soft.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, mask.pixels[i]);
    blur(soft);
    for (int y = 0; y < picture.height; ++y)
      for (int x = 0; x < picture.width; ++x) {
        const float share = pixel(soft, x, y)[0] / 255;
        if (share <= 0) continue;
        const Spot there = back({static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f});
        set_pixel(picture, x, y,
                  mix(pixel(picture, x, y), multiplied(other.at(there, step), gain), share));
        if (share >= 0.5f) kinds.row(y)[x] = static_cast<uint8_t>(1 + static_cast<int>(cover.kind));
      }
  }
}

void wear_fringe(Image& picture, const std::vector<Spot>& points, Random& random) {
  const FaceFrame frame(points);
  const float side = frame.side();
  const Image before = picture;
  const Spot top = points[0];
  const float u = frame.down.x / side, v = frame.down.y / side;
  // How far down it hangs at a place across the face, both in shares of the side.
  const float parting = random.between(-0.5f, 0.5f), slope = random.between(-0.9f, 0.9f);
  const float deep = random.between(0.02f, 0.2f), sides = random.between(0, 1.4f);
  const float strands = random.between(0, 0.05f), rate = random.between(20, 90);
  const float phase = random.between(0, 6), soft = random.between(0.005f, 0.04f);
  const float stretch = random.between(0.6f, 1.5f), lean = random.between(-0.5f, 0.5f);
  const float light = random.between(0.8f, 1.1f);
  std::vector<Spot> corners;
  for (size_t i = 0; i < Label::kOval; ++i) corners.push_back(points[i]);
  for_shape(
      picture, corners, 0.08f * side, [](Spot) { return 1.f; },
      [&](int x, int y, float) {
        const Spot from{(static_cast<float>(x) + 0.5f - top.x) / side,
                        (static_cast<float>(y) + 0.5f - top.y) / side};
        const float right = from.x * v - from.y * u, below = from.x * u + from.y * v;
        if (below < 0) return;
        const float across = right - parting * 0.5f;
        const float reach = deep + slope * 0.3f * across + sides * across * across +
                            strands * std::sin(rate * right + phase);
        const float cover = std::clamp((std::min(reach, 0.45f) - below) / soft, 0.f, 1.f);
        if (cover <= 0) return;
        // What is as far above the forehead's upper edge.
        const Spot source = frame.moved(top, right + lean * below, -stretch * below - 0.01f);
        const int column = std::clamp(static_cast<int>(source.x), 0, picture.width - 1);
        const int row = std::clamp(static_cast<int>(source.y), 0, picture.height - 1);
        set_pixel(picture, x, y,
                  mix(pixel(picture, x, y), scaled(pixel(before, column, row), light), cover));
      });
}

void open_mouth(Image& picture, const std::vector<Spot>& points, Random& random) {
  const FaceFrame frame(points);
  const float side = frame.side();
  const Spot middle = frame.moved(between(points[Label::kTip], points[Label::kChin], 0.5f),
                                  random.between(-0.02f, 0.02f), random.between(-0.04f, 0.06f));
  const float half_width = random.between(0.06f, 0.14f), half_height = random.between(0.03f, 0.14f);
  const float power = random.between(1.6f, 2.6f), soft = random.between(0.08f, 0.3f);
  const Rgb inside{random.between(15, 90), random.between(5, 40), random.between(5, 40)};
  const float teeth = random.chance(0.6f) ? random.between(-0.9f, -0.3f) : -2;
  const float tongue = random.chance(0.5f) ? random.between(0.1f, 0.7f) : 2;
  const Rgb white{random.between(150, 235), random.between(140, 225), random.between(120, 210)};
  const Rgb red{random.between(110, 190), random.between(50, 95), random.between(50, 95)};
  const float u = frame.down.x / side, v = frame.down.y / side;
  for_shape(
      picture, {middle}, 0.2f * side, [](Spot) { return 1.f; },
      [&](int x, int y, float) {
        const Spot from{(static_cast<float>(x) + 0.5f - middle.x) / side,
                        (static_cast<float>(y) + 0.5f - middle.y) / side};
        const float right = (from.x * v - from.y * u) / half_width;
        const float below = (from.x * u + from.y * v) / half_height;
        const float radius = std::pow(std::abs(right), power) + std::pow(std::abs(below), power);
        const float cover = std::clamp((1 - radius) / soft, 0.f, 1.f);
        if (cover <= 0) return;
        const Rgb& colour = below < teeth ? white : below > tongue ? red : inside;
        set_pixel(picture, x, y,
                  mix(pixel(picture, x, y), scaled(colour, 0.6f + 0.4f * (1 - radius)), cover));
      });
}

}  // namespace ganface::train
