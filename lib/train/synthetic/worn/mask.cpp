// SPDX-License-Identifier: MIT
// Owns medical masks, cloth masks and scarves over nose and mouth.
#include "train/synthetic/worn_things.h"

#include <algorithm>
#include <cmath>

#include "train/synthetic/worn/cloth.h"
#include "train/synthetic/worn/face_frame.h"
#include "train/synthetic/worn/plane.h"

namespace ganface::train {
namespace {

// The outline of a mask: its upper edge from the left over the nose to the right, then along the
// jaw and below the chin back.
std::vector<Spot> mask_outline(const std::vector<Spot>& points, const FaceFrame& frame,
                               bool is_scarf, Random& random) {
  const auto oval = [&](float index) {
    const auto i = static_cast<size_t>(index);
    return between(points[i], points[(i + 1) % HeadLabel::kOval], index - static_cast<float>(i));
  };
  // How far down the cheek the corners lie, in points of the outline, and how far towards the nose.
  const float low = random.between(is_scarf ? -0.5f : 0.2f, 2.6f);
  const float inwards = is_scarf ? random.between(-0.15f, 0) : random.between(-0.06f, 0.22f);
  const Spot nose = random.chance(0.1f)
                        ? frame.moved(points[HeadLabel::kTip], 0, random.between(0, 0.09f))
                        : between(points[HeadLabel::kBridge], points[HeadLabel::kTip],
                                  random.between(-0.1f, 0.8f));
  const Spot left = between(oval(HeadLabel::kLeft - low), points[HeadLabel::kTip], inwards);
  const Spot right = between(oval(HeadLabel::kRight + low), points[HeadLabel::kTip], inwards);
  const float lift = random.between(-0.03f, 0.07f);
  std::vector<Spot> outline;
  add_curve(outline, left, frame.moved(between(left, nose, 0.55f), 0, -lift), nose);
  add_curve(outline, nose, frame.moved(between(nose, right, 0.45f), 0, -lift), right);
  const float loose = random.between(-0.03f, 0.07f);
  const float below = is_scarf ? random.between(0.15f, 0.5f) : random.between(0, 0.13f);
  const size_t first = static_cast<size_t>(std::ceil(HeadLabel::kRight + low + 0.5f));
  const size_t last = static_cast<size_t>(std::floor(HeadLabel::kLeft - low - 0.5f));
  for (size_t i = first; i <= last; ++i) {
    const float height =
        1 - std::abs(static_cast<float>(i) - static_cast<float>(HeadLabel::kChin)) /
                static_cast<float>(HeadLabel::kChin - first + 1);
    const Spot out = between(points[i], points[HeadLabel::kTip], -loose);
    const float wide = is_scarf ? 0.12f * (i < HeadLabel::kChin ? height : -height) : 0;
    outline.push_back(frame.moved(out, wide, below * std::sqrt(std::max(height, 0.f))));
  }
  return outline;
}

// Straps, to the ears or round the head; a scarf has none.
class Straps {
 public:
  Straps(const std::vector<Spot>& points, const FaceFrame& frame, const std::vector<Spot>& outline,
         bool is_scarf, Random& random)
      : half_width_(random.between(0.004f, 0.013f) * frame.side()) {
    if (!is_scarf && random.chance(0.85f)) {
      const bool is_round = random.chance(0.2f);
      for (const bool is_left : {true, false}) {
        const float out = (is_left ? -1.f : 1.f) * random.between(0.02f, 0.1f);
        const Spot ear = points[is_left ? HeadLabel::kLeft : HeadLabel::kRight];
        const Spot upper = is_left ? outline.front() : outline[12];
        const Spot lower = is_left ? outline.back() : outline[14];
        straps_.push_back(
            {upper, frame.moved(ear, out, is_round ? -0.25f : random.between(-0.1f, 0))});
        straps_.push_back({lower, frame.moved(ear, out, random.between(0.02f, 0.12f))});
      }
    }
    colour_ = random.chance(0.7f) ? Rgb{230, 230, 230} : random_colour(random);
  }

  const Rgb& colour() const { return colour_; }
  void add_ends(std::vector<Spot>& corners) const {
    for (const Strap& strap : straps_) corners.push_back(strap.to);
  }
  float distance(Spot p) const {
    float nearest = 1e9f;
    for (const Strap& strap : straps_)
      nearest = std::min(nearest, distance_to_segment(p, strap.from, strap.to) - half_width_);
    return nearest;
  }

 private:
  struct Strap {
    Spot from, to;
  };
  std::vector<Strap> straps_;
  float half_width_;
  Rgb colour_{};
};

// How the cloth hangs and what light falls on it.
struct Drape {
  float hem;  // of another colour, pixels
  Rgb hem_colour;
  float folds, rate, bulge;
  Spot slope;
  float wrinkle, wrinkle_rate, wrinkle_turn;
  float shadow, shadow_width, soft;  // widths in pixels

  Drape(float side, Random& random) {
    hem = random.chance(0.3f) ? random.between(0.01f, 0.035f) * side : 0;
    hem_colour = random.chance(0.4f) ? Rgb{230, 230, 230} : random_colour(random);
    folds = random.chance(0.5f) ? random.between(0.03f, 0.16f) : 0;
    rate = random.between(35, 70);
    bulge = random.between(0.1f, 0.6f);
    slope = {random.between(-0.7f, 0.7f), random.between(-0.6f, 0.3f)};
    wrinkle = random.chance(0.5f) ? random.between(0.02f, 0.1f) : 0;
    wrinkle_rate = random.between(10, 40);
    wrinkle_turn = random.between(0, 3.1f);
    shadow = random.chance(0.7f) ? random.between(0.1f, 0.5f) : 0;
    shadow_width = random.between(0.01f, 0.05f) * side;
    soft = std::max(0.5f, random.chance(0.3f) ? random.between(0, 0.012f) * side : 0);
  }

  float light(float right, float below) const {
    float light = 1 + slope.x * right + slope.y * below - bulge * 4 * right * right;
    light *= 1 - folds * std::max(0.f, std::sin(rate * below + 6 * right * right));
    light *= 1 - wrinkle * std::sin(wrinkle_rate * (right * std::cos(wrinkle_turn) +
                                                    below * std::sin(wrinkle_turn)) +
                                    3 * std::sin(9 * right));
    return std::max(light, 0.1f);
  }
  // How dark the mask's shadow is at a distance from its outline.
  float shade(float away) const { return shadow * std::clamp(1 - away / shadow_width, 0.f, 1.f); }
};

}  // namespace

void wear_mask(Image& picture, Image& mask, const std::vector<Spot>& points,
               const Photographs& photographs, const std::vector<RealCutout>& pictures,
               Random& random) {
  const FaceFrame frame(points);
  const bool is_scarf = random.chance(0.15f);
  const std::vector<Spot> outline = mask_outline(points, frame, is_scarf, random);
  const Cloth cloth = draw_cloth(photographs, pictures, random);
  const Straps straps(points, frame, outline, is_scarf, random);
  const Drape drape(frame.side(), random);

  const Spot middle = between(points[HeadLabel::kTip], points[HeadLabel::kChin], 0.5f);
  std::vector<Spot> corners = outline;
  straps.add_ends(corners);
  for_pixels_near(corners, 2 * drape.shadow_width + 2, picture, [&](int x, int y) {
    const Spot p = pixel_centre(x, y);
    const float away = distance_to_polygon(p, outline);
    const float cover = std::clamp(0.5f - away / (2 * drape.soft), 0.f, 1.f);
    const float band = std::clamp(0.5f - straps.distance(p), 0.f, 1.f);
    Rgb colour = pixel(picture, x, y);
    if (cover < 1 && drape.shadow > 0) colour = scaled(colour, 1 - drape.shade(away));
    if (band > 0) colour = mix(colour, straps.colour(), band);
    if (cover > 0) {
      const auto [right, below] = frame.seen_from(middle, p);
      const Rgb own = away > -drape.hem ? drape.hem_colour : cloth(right, below);
      colour = mix(colour, scaled(own, drape.light(right, below)), cover);
    }
    set_pixel(picture, x, y, colour);
    if (std::max(cover, band) >= 0.5f) mask.row(y)[x] = 255;
  });
}

}  // namespace ganface::train
