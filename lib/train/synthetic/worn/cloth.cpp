// SPDX-License-Identifier: MIT
// Owns the cloth of masks and scarves: plain, printed, patterned, or anything photographed.
#include "train/synthetic/worn/cloth.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ganface::train {
namespace {

// A figure of a print.
struct Motif {
  enum class Shape { kDisc, kRing, kStar, kBar, kPicture };
  Shape shape = Shape::kDisc;
  Spot at;                   // its middle, shares of the print's width
  float size = 0, turn = 0;  // size: of half its width, shares of the face's side
  Rgb colour{};
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
    if (std::abs(p.x) >= 1 || std::abs(p.y) >= 1) return false;
    // Just below 1 rounds to 1.
    const auto place = [](float at, int count) {
      return std::min(count - 1, static_cast<int>((0.5f + 0.5f * at) * static_cast<float>(count)));
    };
    const int x = place(p.x, image.width), y = place(p.y, image.height);
    if (picture->mask.row(y)[x] < 128) return false;
    colour_there = pixel(image, x, y);
    return true;
  }
};

// Figures strewn over cloth of one colour, as on children's masks; or a few large ones: a logo, a
// valve, a drawn mouth.
class Print {
 public:
  Print(const std::vector<RealCutout>& pictures, Random& random) {
    ground_ = random_colour(random);
    for (Rgb& colour : palette_) colour = random_colour(random);
    is_pictured_ = !pictures.empty() && random.chance(0.5f);
    is_strewn_ = random.chance(0.75f);
    width_ = is_strewn_ ? random.between(0.3f, 0.8f) : 2;
    motifs_.resize(static_cast<size_t>(is_strewn_ ? 4 + random.below(24) : 1 + random.below(5)));
    usual_shape_ = static_cast<Motif::Shape>(random.below(4));
    for (Motif& motif : motifs_) motif = draw_motif(pictures, random);
  }

  Rgb at(float right, float below) const {
    Rgb colour = ground_;
    for (const Motif& motif : motifs_) {
      const float x = away_from_nearest(right, motif.at.x) / motif.size;
      const float y = away_from_nearest(below, motif.at.y) / motif.size;
      if (std::abs(x) > 1.5f || std::abs(y) > 1.5f) continue;
      const float cosine = std::cos(motif.turn), sine = std::sin(motif.turn);
      Rgb there;
      if (motif.shows({cosine * x + sine * y, cosine * y - sine * x}, there)) colour = there;
    }
    return colour;
  }

 private:
  Motif draw_motif(const std::vector<RealCutout>& pictures, Random& random) const {
    Motif motif;
    motif.shape = is_pictured_ && random.chance(0.8f) ? Motif::Shape::kPicture
                  : random.chance(0.5f)               ? usual_shape_
                                                      : static_cast<Motif::Shape>(random.below(4));
    motif.at = is_strewn_
                   ? Spot{random.unit(), random.unit()}
                   : Spot{0.5f + random.between(-0.12f, 0.12f), 0.5f + random.between(-0.1f, 0.1f)};
    motif.size = is_strewn_ ? random.scale(0.015f, 0.12f) : random.scale(0.03f, 0.25f);
    motif.turn = random.between(0, 6.28f);
    motif.colour = palette_[static_cast<size_t>(random.below(4))];
    if (motif.shape == Motif::Shape::kPicture) motif.picture = &random.one_of(pictures);
    return motif;
  }

  // How far a place is from the nearest of a motif's copies, which stand at `at` widths.
  float away_from_nearest(float place, float at) const {
    const float share = place / width_ + 0.5f - at;
    return (share - std::round(share)) * width_;
  }

  Rgb ground_{};
  std::array<Rgb, 4> palette_{};
  bool is_pictured_ = false, is_strewn_ = false;
  float width_ = 1;  // after which it repeats
  Motif::Shape usual_shape_ = Motif::Shape::kDisc;
  std::vector<Motif> motifs_;
};

Cloth draw_print(const std::vector<RealCutout>& pictures, Random& random) {
  return [print = Print(pictures, random)](float right, float below) {
    return print.at(right, below);
  };
}

Cloth draw_plain(Random& random) {
  constexpr Rgb kUsual[] = {{140, 185, 215}, {165, 205, 225}, {235, 238, 240}, {225, 225, 220},
                            {35, 35, 40},    {60, 62, 70},    {140, 205, 190}, {235, 190, 200}};
  const Rgb colour = random.chance(0.8f)
                         ? scaled(kUsual[random.below(8)], random.between(0.7f, 1.1f))
                         : random_colour(random);
  return [colour](float, float) { return colour; };
}

// Stripes, spots or waves of two colours.
Cloth draw_pattern(Random& random) {
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
Cloth draw_photographed(const Photographs& photographs, Random& random) {
  const Photograph& photograph = photographs.any(random);
  Tiling tiling = random.chance(0.7f) ? Tiling::surroundings(photographs, random)
                                      : Tiling::skin(photograph, random);
  tiling.map = Similarity::about({0, 0}, {125, 125}, random.scale(60, 260), random.between(0, 6));
  const float gain = random.scale(0.6f, 1.4f);
  return [tiling, gain](float right, float below) {
    return scaled(tiling.at({right, below}, 0.01f), gain);
  };
}

}  // namespace

Cloth draw_cloth(const Photographs& photographs, const std::vector<RealCutout>& pictures,
                 Random& random) {
  const float lot = random.unit();
  if (lot < 0.45f) return draw_plain(random);
  if (lot < 0.7f) return draw_print(pictures, random);
  if (lot < 0.83f) return draw_pattern(random);
  return draw_photographed(photographs, random);
}

}  // namespace ganface::train
