// SPDX-License-Identifier: MIT
// Owns what covers the face of a segmenter's sample, and its labels.
#include "train/synthetic/head_covers.h"

#include <algorithm>
#include <utility>

#include "train/synthetic/illumination.h"
#include "train/synthetic/occluder.h"
#include "train/synthetic/worn_things.h"

namespace ganface::train {
namespace {

void label_covered(HeadSample& sample, const Image& covered, OccluderKind kind) {
  for (size_t i = 0; i < covered.pixels.size(); ++i)
    if (covered.pixels[i] != 0) sample.kinds.pixels[i] = kind_number(kind);
}

// A pixel on each side of what covers a face becomes unknown.
void forget_edges(Image& kinds) {
  const Image before = kinds;
  for (int y = 0; y < kinds.height; ++y)
    for (int x = 0; x < kinds.width; ++x) {
      const int right = std::min(x + 1, kinds.width - 1), lower = std::min(y + 1, kinds.height - 1);
      const uint8_t here = before.row(y)[x];
      if (before.row(y)[right] != here)
        kinds.row(y)[x] = kinds.row(y)[right] = HeadSample::kUnknown;
      if (before.row(lower)[x] != here)
        kinds.row(y)[x] = kinds.row(lower)[x] = HeadSample::kUnknown;
    }
}

// An occluder with the colours and the contrast, more or less, of what it covers, as a hand in the
// face's own light has.
void camouflage(HeadSample& sample, const Occluder& occluder, const Similarity& to_unit,
                Random& random) {
  Image painted = sample.crop, mask(painted.width, painted.height, 1);
  occluder.paint(painted, &mask, to_unit);
  Rgb face{}, cover{};
  float count = 0;
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      if (mask.row(y)[x] == 0) continue;
      ++count;
      for (size_t c = 0; c < 3; ++c) {
        face[c] += sample.crop.row(y)[3 * x + static_cast<int>(c)];
        cover[c] += painted.row(y)[3 * x + static_cast<int>(c)];
      }
    }
  const float share = random.between(0.5f, 1), contrast = random.between(0.4f, 1);
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      if (mask.row(y)[x] == 0) continue;
      Rgb colour = pixel(painted, x, y);
      for (size_t c = 0; c < 3; ++c)
        colour[c] = (cover[c] + share * (face[c] - cover[c])) / count +
                    contrast * (colour[c] - cover[c] / count);
      set_pixel(painted, x, y, colour);
    }
  label_covered(sample, mask, occluder.kind());
  sample.crop = std::move(painted);
}

// Puts things before one head.
class Coverer {
 public:
  Coverer(HeadSample& sample, const ShownHead& head, const FacePool& pool, Random& random)
      : sample_(sample), head_(head), pool_(pool), heads_(*pool.heads()), random_(random) {}

  void wear_sunglasses() {
    Image covered = nothing_covered();
    wear_glasses(sample_.crop, covered, head_.points, true, random_);
    label_covered(sample_, covered, OccluderKind::kSunglasses);
  }

  void wear_any_mask() {
    Image covered = nothing_covered();
    wear_mask(sample_.crop, covered, head_.points, pool_.photographs(), heads_.objects, random_);
    label_covered(sample_, covered, OccluderKind::kMedicalMask);
    if (random_.chance(0.4f)) light_unevenly(sample_.crop, random_);
  }

  // Something real, if there is any, or something drawn.
  void put_anything() {
    // Real things have surfaces of all kinds.
    const Photographs& surfaces =
        pool_.nothing() && random_.chance(0.4f) ? *pool_.nothing() : pool_.photographs();
    const float lot = random_.unit();
    if (pool_.has_covered_heads() && lot < 0.28f) {
      put_cover_of_another();
    } else if (!heads_.hands.empty() && lot < 0.48f) {
      Image covered = nothing_covered();
      hold_hand(sample_.crop, covered, head_.points, random_.one_of(heads_.hands), random_);
      label_covered(sample_, covered, OccluderKind::kHand);
    } else if (!heads_.objects.empty() && lot < 0.66f) {
      Image covered = nothing_covered();
      hold_object(sample_.crop, covered, head_.points, random_.one_of(heads_.objects), random_);
      label_covered(sample_, covered, OccluderKind::kObject);
    } else if (random_.chance(0.2f)) {
      put(Occluder::arriving_hand(pool_.photographs(), head_.photograph, random_), 0.3f);
    } else {
      put(Occluder::draw_solid(surfaces, head_.photograph, 0.03f, 0.65f, random_), 0.1f);
    }
  }

 private:
  Image nothing_covered() const { return {sample_.crop.width, sample_.crop.height, 1}; }

  // `camouflaged`: how often in the face's own colours.
  void put(const Occluder& occluder, float camouflaged) {
    const Similarity to_unit = kUnitOfPhotograph.after(head_.map.inverse());
    if (random_.chance(camouflaged)) {
      camouflage(sample_, occluder, to_unit, random_);
      return;
    }
    Image covered = nothing_covered();
    occluder.paint(sample_.crop, &covered, to_unit);
    label_covered(sample_, covered, occluder.kind());
  }

  void put_cover_of_another() {
    const size_t other = pool_.draw_covered_head(random_);
    const Similarity moved =
        Similarity::about(kPhotographMiddle,
                          {kPhotographMiddle.x + random_.between(-8, 8),
                           kPhotographMiddle.y + random_.between(-6, 10)},
                          random_.scale(0.85f, 1.15f), random_.between(-0.15f, 0.15f));
    put_cover(sample_.crop, sample_.kinds, head_.points, pool_.photographs()[other],
              heads_.labels[other], head_.map.after(moved), random_);
  }

  HeadSample& sample_;
  const ShownHead& head_;
  const FacePool& pool_;
  const LabelledHeads& heads_;
  Random& random_;
};

}  // namespace

void label_real_covers(HeadSample& sample, const ShownHead& head) {
  for (const HeadLabel::Cover& cover : head.label.covers)
    fill_polygon(sample.kinds, moved(cover.outline, head.map), kind_number(cover.kind));
  // Outlines by eye are not exact.
  if (head.is_covered) forget_edges(sample.kinds);
}

void add_covers(HeadSample& sample, const ShownHead& head, const FacePool& pool, Random& random) {
  Coverer coverer(sample, head, pool, random);
  if (random.chance(0.07f)) coverer.wear_sunglasses();
  const float lot = random.unit();
  if (lot > 0.36f && lot < 0.54f) coverer.wear_any_mask();
  const int things = head.is_covered || lot < 0.5f ? 0 : lot < 0.9f ? 1 : 2;
  for (int i = 0; i < things; ++i) coverer.put_anything();
}

}  // namespace ganface::train
