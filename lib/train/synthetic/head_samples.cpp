// SPDX-License-Identifier: MIT
// Owns the head crops that the segmenter is trained on.
#include "train/synthetic/face_scenes.h"

#include <ganface/error.h>
#include <ganface/holes.h>

#include <cmath>

#include "models/face_network_sizes.h"
#include "train/synthetic/degradation.h"
#include "train/synthetic/head_covers.h"
#include "train/synthetic/head_looks.h"
#include "train/synthetic/illumination.h"
#include "train/synthetic/pasting.h"
#include "train/synthetic/shown_head.h"
#include "train/synthetic/worn_things.h"

namespace ganface::train {
namespace {

constexpr float kNoFaces = 0.17f;  // of the pictures
constexpr int kCrop = nn::kSegmenterSize;

// A window that shows no face, or one that stands elsewhere.
Image not_a_face(const FacePool& pool, Random& random) {
  Image window(kCrop, kCrop, 3);
  const bool is_empty = pool.nothing() && random.chance(0.5f);
  const Photograph& photograph =
      is_empty ? pool.nothing()->any(random) : pool.photographs()[pool.draw_head(random)];
  constexpr auto kUsual = static_cast<float>(kCrop / (nn::kHeadSpan * kCropSide));
  float scale = kUsual, away = 0, angle = random.between(-0.6f, 0.6f);
  if (is_empty) {
    scale = kUsual * random.scale(0.77f, 4);
    away = random.unit() * 40;
  } else if (random.chance(0.6f)) {
    away = random.between(0.55f, 1.1f) * kCropSide;
    scale *= random.scale(0.8f, 1.6f);
  } else {
    scale *= random.chance(0.3f) ? random.scale(0.3f, 0.5f) : random.scale(2.2f, 5);
    away = random.unit() * 0.4f * kCropSide;
  }
  const float direction = random.between(0, kTau);
  const Similarity map = Similarity::about({kPhotographMiddle.x + away * std::cos(direction),
                                            kPhotographMiddle.y + away * std::sin(direction)},
                                           {kCrop / 2.f, kCrop / 2.f}, scale, angle);
  show(window, photograph, map, random_gain(random));
  if (random.chance(0.3f)) light_unevenly(window, random);
  photograph_badly(window, random, 0.8f);
  return window;
}

// The head itself, with what it wears that covers nothing that is to be repaired.
void paint_head(HeadSample& sample, ShownHead& head, Random& random) {
  sample.crop = Image(kCrop, kCrop, 3);
  show(sample.crop, head.photograph, head.map, head.gain);
  fill_polygon(sample.oval, head.label.oval(head.map), 255);
  if (random.chance(0.25f)) {
    head.fringe = random;
    Random fringe = random;
    wear_fringe(sample.crop, head.points, fringe);
  }
  if (random.chance(0.13f)) open_mouth(sample.crop, head.points, random);
  if (random.chance(0.16f)) {
    head.glasses = random;
    Image worn(kCrop, kCrop, 1);
    wear_glasses(sample.crop, worn, head.points, false, random);
  }
  if (random.chance(0.7f)) light_unevenly(sample.crop, random);
  if (random.chance(0.4f)) add_shine(sample.crop, random);
  if (random.chance(0.2f)) soften_part(sample.crop, random);
}

void photograph_head(HeadSample& sample, bool is_grey, Random& random) {
  if (random.chance(0.15f)) {
    const PixelBox shown = repeat_border(sample.crop, random);
    for_each_pixel({0, 0, kCrop, kCrop}, [&](int x, int y) {
      if (x < shown.left || x >= shown.right || y < shown.top || y >= shown.bottom)
        sample.kinds.row(y)[x] = HeadSample::kUnknown;
    });
  }
  if (random.chance(0.3f)) haze(sample.crop, random);
  photograph_badly(sample.crop, random, 1);
  if (is_grey) make_grey(sample.crop);
}

// What covers the face is expected there, and a little beside it.
void expect_covers(HeadSample& sample, Random& random) {
  const int margin = 2 + random.below(8);
  Image covered(kCrop, kCrop, 1);
  for (size_t i = 0; i < covered.pixels.size(); ++i)
    covered.pixels[i] =
        sample.kinds.pixels[i] != 0 && sample.kinds.pixels[i] != HeadSample::kUnknown ? 255 : 0;
  const Image near = dilate(covered, margin);
  for (size_t i = 0; i < near.pixels.size(); ++i)
    if (near.pixels[i] != 0) sample.kept.pixels[i] = 0;
}

void mirror_sample(HeadSample& sample) {
  for (Image* image :
       {&sample.crop, &sample.kinds, &sample.oval, &sample.kept, &sample.look, &sample.known})
    if (!image->empty()) mirror(*image);
  sample.yaw = -sample.yaw;
}

}  // namespace

HeadSample FaceScenes::head_sample(Random& random) const {
  if (!pool_.heads())
    throw Error(ErrorCode::kInput,
                "the segmenter learns from labelled heads; expected a folder with heads.jsonl as "
                "models/recipes/align_heads.py writes it");
  HeadSample sample;
  sample.kinds = Image(kCrop, kCrop, 1);
  sample.oval = Image(kCrop, kCrop, 1);
  sample.kept = Image(kCrop, kCrop, 1, 255);
  if (random.chance(kNoFaces)) {
    sample.crop = not_a_face(pool_, random);
    if (random.chance(0.5f)) mirror(sample.crop);
    sample.is_face = false;
    return sample;
  }
  ShownHead head = ShownHead::draw(pool_, random);
  sample.yaw = head.label.yaw;
  sample.pitch = head.label.pitch;
  paint_head(sample, head, random);
  label_real_covers(sample, head);
  add_covers(sample, head, pool_, random);
  photograph_head(sample, head.is_grey, random);
  if (random.chance(0.5f)) expect_covers(sample, random);
  if (!head.is_covered && random.chance(0.55f)) add_look(sample, head, pool_, random);
  if (random.chance(0.5f)) mirror_sample(sample);
  return sample;
}

}  // namespace ganface::train
