// SPDX-License-Identifier: MIT
// Owns the synthetic pictures that detector, aligner and segmenter are trained on: what they have
// in common.
#include "train/synthetic/face_scenes.h"

#include <utility>

#include "train/synthetic/backgrounds.h"
#include "train/synthetic/pasting.h"

namespace ganface::train {

FaceScenes::FaceScenes(const Photographs& photographs, std::vector<Similarity> faces,
                       std::optional<LabelledHeads> heads)
    : pool_(photographs, std::move(faces), std::move(heads)) {}

Similarity FaceScenes::add_face(Image& picture, const Photograph& photograph, Spot centre,
                                float side, float angle, Random& random) {
  const Similarity map = Similarity::about(kPhotographMiddle, centre, side / kCropSide, angle);
  paste({picture}, photograph, Cutout::head(random), map, random_gain(random));
  return kUnitOfPhotograph.after(map.inverse());
}

Image FaceScenes::background(int width, int height, Random& random) const {
  return draw_background(pool_, width, height, random);
}

}  // namespace ganface::train
