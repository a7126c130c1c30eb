// SPDX-License-Identifier: MIT
// Owns the damaged faces, with what was seen of them before, that completion is trained on.
#include "train/synthetic/completion_scenes.h"

#include <ganface/holes.h>

#include <algorithm>

#include "models/face_network_sizes.h"
#include "train/synthetic/degradation.h"
#include "train/synthetic/occluder.h"

namespace ganface::train {
namespace {

constexpr int kSide = nn::kCompletionSize;
constexpr Spot kCropMiddle{kSide / 2.f, kSide / 2.f};
const Similarity kUnitOfCrop{1.f / kSide, 0, 0, 0};

// A smooth displacement, as of skin: the sum of two slow waves a direction, in pixels.
class Wobble {
 public:
  Wobble(float most, Random& random) {
    for (Wave& wave : waves_) {
      const float turn = random.between(0, kTau), rate = random.between(0.5f, 1.6f) * kTau / kSide;
      wave = {{rate * std::cos(turn), rate * std::sin(turn)},
              random.between(0, kTau),
              random.between(0, most)};
    }
  }
  Spot at(Spot p) const {
    const auto height = [p](const Wave& wave) {
      return wave.height * std::sin(wave.rate.x * p.x + wave.rate.y * p.y + wave.phase);
    };
    return {height(waves_[0]) + height(waves_[1]), height(waves_[2]) + height(waves_[3])};
  }

 private:
  struct Wave {
    Spot rate;
    float phase = 0, height = 0;
  };
  std::array<Wave, 4> waves_;
};

// A photograph of a face under a camera: pixels of the crop to pixels of the photograph, perhaps of
// its mirror image.
struct View {
  const Photograph* photograph;
  Similarity map;
  bool mirrored;

  Image draw(const Wobble* wobble = nullptr) const {
    Image picture(kSide, kSide, 3);
    const float step = map.scale();
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        Spot p{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
        if (wobble != nullptr) {
          const Spot way = wobble->at(p);
          p = {p.x + way.x, p.y + way.y};
        }
        Spot place = map(p);
        if (mirrored) place.x = kPhotographSide - place.x;
        set_pixel(picture, x, y, photograph->at(place, step));
      }
    return picture;
  }
};

// The crop moved about its middle by up to `shift` sides, `turn` radians and a factor.
Similarity moved(float shift, float turn, float factor, Random& random) {
  return Similarity::about(kCropMiddle,
                           {kCropMiddle.x + random.between(-shift, shift) * kSide,
                            kCropMiddle.y + random.between(-shift, shift) * kSide},
                           random.scale(1 / factor, factor), random.between(-turn, turn));
}

Similarity crop_to_photograph() {
  return Similarity::about(kCropMiddle, kPhotographMiddle, static_cast<float>(kCropSide) / kSide,
                           0);
}

// Strokes of a brush, and boxes.
Image free_form(Random& random) {
  Image hole(kSide, kSide, 1);
  const bool boxes = random.chance(0.35f);
  for (int i = 1 + random.below(boxes ? 3 : 5); i > 0; --i) {
    if (boxes) {
      const int width = 8 + random.below(kSide / 2), height = 8 + random.below(kSide / 2);
      const int left = random.below(kSide) - width / 2, top = random.below(kSide) - height / 2;
      for (int y = std::max(0, top); y < std::min(kSide, top + height); ++y)
        for (int x = std::max(0, left); x < std::min(kSide, left + width); ++x)
          hole.row(y)[x] = 255;
      continue;
    }
    Spot at{random.between(0, kSide), random.between(0, kSide)};
    float direction = random.between(0, kTau);
    const float radius = random.scale(1.5f, 11);
    for (int step = 10 + random.below(70); step > 0; --step) {
      direction += random.between(-0.35f, 0.35f);
      at = {at.x + 1.5f * std::cos(direction), at.y + 1.5f * std::sin(direction)};
      for (int y = std::max(0, static_cast<int>(at.y - radius));
           y < std::min(kSide, static_cast<int>(at.y + radius) + 1); ++y)
        for (int x = std::max(0, static_cast<int>(at.x - radius));
             x < std::min(kSide, static_cast<int>(at.x + radius) + 1); ++x)
          if (std::hypot(static_cast<float>(x) - at.x, static_cast<float>(y) - at.y) < radius)
            hole.row(y)[x] = 255;
    }
  }
  return hole;
}

// One of the fixed or random regions; those that repair is measured on come more often.
Image region(Random& random) {
  constexpr Region kRegions[] = {
      Region::kCenter, Region::kCenter, Region::kCenter,  Region::kCenter,  Region::kCenter,
      Region::kCenter, Region::kLeft,   Region::kLeft,    Region::kRight,   Region::kRight,
      Region::kTop,    Region::kTop,    Region::kBottom,  Region::kBottom,  Region::kPattern,
      Region::kRandom, Region::kEyes,   Region::kPattern, Region::kPattern, Region::kEyes,
      Region::kEyes,   Region::kNose,   Region::kMouth,   Region::kMouth};
  const auto seed = static_cast<uint64_t>(random.unit() * 1e9f);
  return region_hole(kRegions[random.below(static_cast<int>(std::size(kRegions)))], kSide, seed);
}

// Something in front of the face, with a hole a little larger than it.
void occlude(CompletionSample& sample, const Photographs& photographs, const Photograph& face,
             Random& random) {
  Image covered(kSide, kSide, 1);
  Occluder::draw(photographs, face, 0.03f, 0.6f, random)
      .paint(sample.damaged, &covered, kUnitOfCrop);
  sample.hole = dilate(covered, 1 + random.below(4));
}

void damage(CompletionSample& sample, const Photographs& photographs, const Photograph& face,
            Random& random) {
  sample.damaged = sample.truth;
  const float kind = random.unit();
  if (kind < 0.28f)
    occlude(sample, photographs, face, random);
  else
    sample.hole = kind < 0.85f ? region(random) : free_form(random);
  if (is_empty(sample.hole)) sample.hole = region_hole(Region::kCenter, kSide, 0);
}

void relight(Image& picture, Random& random) {
  const float bright = random.scale(0.75f, 1.3f);
  const Rgb gain{bright * random.between(0.93f, 1.07f), bright * random.between(0.93f, 1.07f),
                 bright * random.between(0.93f, 1.07f)};
  const float slope_x = random.between(-0.25f, 0.25f), slope_y = random.between(-0.2f, 0.2f);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const float light = 1 + slope_x * (static_cast<float>(x) / kSide - 0.5f) +
                          slope_y * (static_cast<float>(y) / kSide - 0.5f);
      set_pixel(picture, x, y, scaled(multiplied(pixel(picture, x, y), gain), light));
    }
}

// How a camera draws: LFW's photographs are softer than what most have today.
struct Sharpness {
  int passes = 0;
  float amount = 0;

  static Sharpness any(Random& random) {
    if (!random.chance(0.45f)) return {};
    const int passes = 1 + random.below(3);
    return {passes, random.scale(0.6f, 4) / std::sqrt(static_cast<float>(passes))};
  }
  void apply(Image& picture) const {
    if (passes > 0) sharpen(picture, passes, amount);
  }
};

// `relative`: pixels of the reference to pixels of the crop.
void add_moved_reference(CompletionSample& sample, const View& view, const Similarity& relative,
                         float wobble_px, Random& random) {
  const Wobble wobble(wobble_px, random);
  sample.kind = ReferenceKind::kMoved;
  sample.reference = View{view.photograph, view.map.after(relative), view.mirrored}.draw(&wobble);
  sample.valid = Image(kSide, kSide, 1, 255);
  // A pixel y of the reference shows the crop's relative(y + wobble(y)).
  const Similarity back = relative.inverse();
  constexpr int kCells = nn::kFieldSize;
  sample.flow.resize(2 * kCells * kCells);
  for (int v = 0; v < kCells; ++v)
    for (int u = 0; u < kCells; ++u) {
      const Spot p{(static_cast<float>(u) + 0.5f) * kSide / kCells,
                   (static_cast<float>(v) + 0.5f) * kSide / kCells};
      const Spot straight = back(p), way = wobble.at(straight);
      const auto cell = static_cast<size_t>(v * kCells + u);
      sample.flow[cell] = (straight.x - way.x - p.x) / (kSide / 2.f);
      sample.flow[cell + kCells * kCells] = (straight.y - way.y - p.y) / (kSide / 2.f);
    }
}

void add_persons_reference(CompletionSample& sample, const Photograph& photograph, bool is_mirrored,
                           const Sharpness& sharpness, Random& random) {
  sample.kind = ReferenceKind::kPerson;
  sample.reference =
      View{&photograph, crop_to_photograph().after(moved(0.03f, 0.06f, 1.06f, random)), is_mirrored}
          .draw();
  sharpness.apply(sample.reference);
  sample.valid = Image(kSide, kSide, 1, 255);
}

// A part of the reference of which nothing is known.
void forget_part(Image& valid, Random& random) {
  const Image unseen = random.chance(0.5f) ? region(random) : free_form(random);
  for (size_t i = 0; i < unseen.pixels.size(); ++i)
    if (unseen.pixels[i] != 0) valid.pixels[i] = 0;
}

}  // namespace

CompletionSample CompletionScenes::sample(Random& random) const {
  const size_t number = photographs_.draw(random);
  const Photograph& photograph = photographs_[number];
  // As exactly as an aligner puts a face in place; a clean face it puts as exactly as LFW does.
  const Similarity place = random.chance(0.5f) ? moved(0.03f, 0.06f, 1.06f, random)
                                               : moved(0.008f, 0.015f, 1.015f, random);
  const View view{&photograph, crop_to_photograph().after(place), random.chance(0.5f)};
  CompletionSample sample;
  sample.truth = view.draw();
  if (random.chance(0.3f)) relight(sample.truth, random);
  const Sharpness sharpness = Sharpness::any(random);
  sharpness.apply(sample.truth);
  if (sharpness.passes == 0 && random.chance(0.15f)) blur(sample.truth);
  damage(sample, photographs_, photograph, random);

  const float lot = random.unit();
  const size_t other = photographs_.another_of_person(number, random);
  if (lot < 0.3f) {
    const bool near = random.chance(0.4f);  // as in a steady stream
    add_moved_reference(
        sample, view,
        near ? moved(0.012f, 0.03f, 1.02f, random) : moved(0.06f, 0.12f, 1.08f, random),
        near ? 0.4f : 1.2f, random);
    sharpness.apply(sample.reference);
    relight(sample.reference, random);
    if (random.chance(0.5f)) photograph_badly(sample.reference, random, 0.35f);
  } else if (lot < 0.5f && other != number) {
    add_persons_reference(sample, photographs_[other], view.mirrored, sharpness, random);
  } else {
    sample.reference = Image(kSide, kSide, 3);
    sample.valid = Image(kSide, kSide, 1);
  }
  if (sample.kind != ReferenceKind::kNone && random.chance(0.35f))
    forget_part(sample.valid, random);
  return sample;
}

}  // namespace ganface::train
