// SPDX-License-Identifier: MIT
// Owns the windows about a face, or about none, that the aligner is trained on.
#include "train/synthetic/face_scenes.h"

#include <cmath>

#include "models/face_network_sizes.h"
#include "train/synthetic/backgrounds.h"
#include "train/synthetic/degradation.h"
#include "train/synthetic/illumination.h"
#include "train/synthetic/occluder.h"
#include "train/synthetic/pasting.h"
#include "train/synthetic/worn_things.h"

namespace ganface::train {
namespace {

constexpr int kWindow = nn::kAlignerSize;

// Where the face stands in the window; one that is none stands elsewhere.
void draw_square(AlignerSample& sample, Random& random) {
  float away = 0.3f * std::sqrt(random.unit()), direction = random.between(0, kTau);
  float scale = random.scale(0.72f, 1.4f), angle = random.between(-0.6f, 0.6f);
  sample.is_tracked = random.chance(0.5f);
  if (sample.is_tracked) {
    away *= 0.3f;
    scale = std::pow(scale, 0.3f);
    angle *= 0.3f;
  }
  if (!sample.is_face) {
    if (random.chance(0.6f))
      away = random.between(0.65f, 1.2f);
    else
      scale = random.chance(0.5f) ? random.scale(0.25f, 0.45f) : random.scale(2.2f, 4);
  }
  sample.square.centre = {away * std::cos(direction), away * std::sin(direction)};
  sample.square.edge = {scale * std::cos(angle), scale * std::sin(angle)};
}

// The canonical crop as the unit square to the window's pixels.
Similarity window_of_unit(const Square& square) {
  constexpr auto kSide = static_cast<float>(kWindow);
  constexpr float kNominal = kSide / static_cast<float>(nn::kAlignerWindow);
  return Similarity::about(
      {0.5f, 0.5f},
      {kSide / 2 + kNominal * square.centre.x, kSide / 2 + kNominal * square.centre.y},
      std::hypot(square.edge.x, square.edge.y) * kNominal,
      std::atan2(square.edge.y, square.edge.x));
}

void wear(Image& window, const std::vector<Spot>& points, const FacePool& pool, Random& random) {
  Image worn(kWindow, kWindow, 1);
  if (random.chance(0.65f))
    wear_mask(window, worn, points, pool.photographs(), pool.heads()->objects, random);
  else
    wear_glasses(window, worn, points, random.chance(0.5f), random);
}

}  // namespace

AlignerSample FaceScenes::aligner_sample(Random& random, const Square* placed) const {
  const Photographs& photographs = pool_.photographs();
  AlignerSample sample;
  const bool is_mirrored = random.chance(0.5f);
  const float lot = random.unit();
  sample.window = background(kWindow, kWindow, random);
  add_decoys({sample.window}, photographs, random.below(3), random);
  const bool is_empty = lot < 0.12f;
  if (is_empty) add_clutter(sample.window, photographs, random);
  sample.is_face = lot >= 0.25f;
  draw_square(sample, random);
  if (placed != nullptr) {
    sample.square = *placed;
    if (is_mirrored) sample.square.mirror(0);
  }
  const size_t number = pool_.draw(random);
  const Photograph& photograph = photographs[number];
  const Similarity to_unit = pool_.to_unit(number);
  const Similarity map = window_of_unit(sample.square).after(to_unit);
  if (!is_empty) paste({sample.window}, photograph, Cutout::head(random), map, random_gain(random));
  bool is_covered = random.chance(0.75f);
  if (pool_.heads() && !is_empty && random.chance(0.25f)) {
    wear(sample.window, pool_.heads()->labels[number].moved(map), pool_, random);
    is_covered = is_covered && random.chance(0.3f);
  }
  if (is_covered)
    Occluder::draw(photographs, photograph, 0.1f, 0.6f, random)
        .paint(sample.window, nullptr, to_unit.after(map.inverse()));
  if (random.chance(0.15f)) repeat_border(sample.window, random);
  if (random.chance(0.3f)) light_unevenly(sample.window, random);
  photograph_badly(sample.window, random, 0.8f);
  if (is_mirrored) {
    mirror(sample.window);
    sample.square.mirror(0);
  }
  return sample;
}

}  // namespace ganface::train
