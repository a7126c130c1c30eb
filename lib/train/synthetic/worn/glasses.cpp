// SPDX-License-Identifier: MIT
// Owns glasses, clear and dark.
#include "train/synthetic/worn_things.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "train/synthetic/worn/face_frame.h"
#include "train/synthetic/worn/plane.h"

namespace ganface::train {
namespace {

// Where the wires and the lenses of glasses are, in pixels of the picture.
class Spectacles {
 public:
  // A point as a lens sees it.
  struct InLens {
    Spot own;    // from its middle, in its half axes
    float away;  // signed distance to its edge, pixels
  };

  Spectacles(const std::vector<Spot>& points, bool is_dark, Random& random) {
    const FaceFrame face(points);
    const float side = face.side();
    const Spot left = points[HeadLabel::kLeftIris], right = points[HeadLabel::kRightIris];
    const float apart = distance(left, right);
    half_width_ = random.between(0.36f, 0.47f) * apart;
    half_height_ = (is_dark ? random.between(0.075f, 0.14f) : random.between(0.055f, 0.12f)) * side;
    power_ = random.between(2, 5);
    const float sunk = random.between(-0.01f, 0.04f);
    wire_ =
        (random.chance(0.5f) ? random.between(0.002f, 0.007f) : random.between(0.007f, 0.025f)) *
        side;
    is_half_ = !is_dark && random.chance(0.25f);
    colour_ = random.chance(0.7f)
                  ? Rgb{random.between(10, 70), random.between(10, 60), random.between(10, 60)}
                  : random_colour(random);
    centres_ = {face.moved(left, -0.01f, sunk), face.moved(right, 0.01f, sunk)};
    across_ = {(right.x - left.x) / apart, (right.y - left.y) / apart};
    ears_ = {face.moved(points[HeadLabel::kLeft], -0.02f, random.between(-0.06f, 0)),
             face.moved(points[HeadLabel::kRight], 0.02f, random.between(-0.06f, 0))};
    hinges_ = {beside_lens(0, -1), beside_lens(1, 1)};
    bridge_ = {beside_lens(0, 1), beside_lens(1, -1)};
  }

  const Rgb& colour() const { return colour_; }
  std::vector<Spot> corners() const { return {hinges_[0], hinges_[1], ears_[0], ears_[1]}; }
  float margin() const { return half_height_ * 1.6f + wire_; }

  std::array<InLens, 2> in_lenses(Spot p) const { return {in_lens(p, 0), in_lens(p, 1)}; }

  // Signed distance to the nearest wire, of a point that the lenses see so.
  float distance_to_wire(Spot p, const std::array<InLens, 2>& lenses) const {
    float ring = 1e9f;
    for (const InLens& lens : lenses) {
      if (is_half_ && lens.own.y > 0.1f) continue;
      ring = std::min(ring, std::abs(lens.away) - wire_);
    }
    float bars = distance_to_segment(p, bridge_[0], bridge_[1]) - wire_;
    for (size_t i = 0; i < 2; ++i)
      bars = std::min(bars, distance_to_segment(p, hinges_[i], ears_[i]) - 0.8f * wire_);
    return std::min(ring, bars);
  }

 private:
  // Where a wire begins on the left (-1) or on the right (1) of a lens.
  Spot beside_lens(size_t lens, float direction) const {
    const Spot& centre = centres_[lens];
    return {centre.x + direction * across_.x * half_width_,
            centre.y + direction * across_.y * half_width_ - 0.3f * half_height_};
  }

  InLens in_lens(Spot p, size_t lens) const {
    const float dx = p.x - centres_[lens].x, dy = p.y - centres_[lens].y;
    const Spot own{(dx * across_.x + dy * across_.y) / half_width_,
                   (dy * across_.x - dx * across_.y) / half_height_};
    const float radius =
        std::pow(std::pow(std::abs(own.x), power_) + std::pow(std::abs(own.y), power_), 1 / power_);
    return {own, (radius - 1) * std::min(half_width_, half_height_)};
  }

  std::array<Spot, 2> centres_{}, hinges_{}, ears_{}, bridge_{};
  Spot across_;  // from the left eye to the right, one pixel long
  float half_width_ = 0, half_height_ = 0, power_ = 0, wire_ = 0;
  bool is_half_ = false;  // without wires below
  Rgb colour_{};
};

// What the lenses show: a tint, and something bright mirrored in a band of them.
class LensTint {
 public:
  LensTint(bool is_dark, Random& random) {
    tint_ = is_dark
                ? (random.chance(0.8f)
                       ? Rgb{random.between(5, 60), random.between(5, 50), random.between(5, 60)}
                       : scaled(random_colour(random), 0.7f))
                : random_colour(random);
    opaque_ = is_dark               ? random.between(0.78f, 1)
              : random.chance(0.3f) ? random.between(0, 0.35f)
                                    : 0;
    fade_ = is_dark && random.chance(0.4f) ? random.between(0, 0.35f) : 0;
    mirrored_ = random.chance(0.6f) ? Rgb{255, 255, 255} : random_colour(random);
    shine_ =
        random.chance(is_dark ? 0.5f : 0.6f) ? random.between(0.1f, is_dark ? 0.6f : 0.95f) : 0;
    slant_ = random.between(-1.5f, 1.5f);
    place_ = random.between(-0.8f, 0.8f);
    width_ = random.between(0.1f, 0.9f);
    edge_ = random.between(0.03f, 0.5f);
  }

  // Before a colour of which a lens covers `cover`, at its place `own`.
  Rgb before(const Rgb& colour, Spot own, float cover) const {
    const Rgb tinted =
        mix(colour, tint_, cover * std::max(0.f, opaque_ - fade_ * (0.5f + 0.5f * own.y)));
    const float off = (std::abs(own.x + slant_ * own.y - place_) - width_) / edge_;
    return mix(tinted, mirrored_, cover * shine_ * std::clamp(-off, 0.f, 1.f));
  }

 private:
  Rgb tint_{}, mirrored_{};
  float opaque_ = 0, fade_ = 0, shine_ = 0;
  float slant_ = 0, place_ = 0, width_ = 0, edge_ = 0;  // of the band
};

}  // namespace

void wear_glasses(Image& picture, Image& mask, const std::vector<Spot>& points, bool dark,
                  Random& random) {
  const Spectacles spectacles(points, dark, random);
  const LensTint tint(dark, random);
  for_pixels_near(spectacles.corners(), spectacles.margin(), picture, [&](int x, int y) {
    const Spot p = pixel_centre(x, y);
    const auto lenses = spectacles.in_lenses(p);
    Rgb colour = pixel(picture, x, y);
    bool is_in_lens = false;
    for (const Spectacles::InLens& lens : lenses) {
      is_in_lens |= lens.away < 0;
      const float cover = std::clamp(0.5f - lens.away, 0.f, 1.f);
      if (cover <= 0) continue;
      colour = tint.before(colour, lens.own, cover);
    }
    const float solid = std::clamp(0.5f - spectacles.distance_to_wire(p, lenses), 0.f, 1.f);
    if (solid > 0) colour = mix(colour, spectacles.colour(), solid);
    set_pixel(picture, x, y, colour);
    if (solid >= 0.5f || is_in_lens) mask.row(y)[x] = 255;
  });
}

}  // namespace ganface::train
