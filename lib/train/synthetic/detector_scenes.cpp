// SPDX-License-Identifier: MIT
// Owns the pictures with several faces that the detector is trained on.
#include "train/synthetic/face_scenes.h"

#include <algorithm>
#include <optional>

#include "train/synthetic/backgrounds.h"
#include "train/synthetic/degradation.h"
#include "train/synthetic/illumination.h"
#include "train/synthetic/occluder.h"
#include "train/synthetic/pasting.h"
#include "train/synthetic/worn_things.h"

namespace ganface::train {
namespace {

struct PastedFace {
  const Photograph* photograph;
  Similarity map;  // its pixels to the picture's
};

// Sides of the canonical squares of the faces in a picture of `length` pixels a side.
std::vector<float> draw_sizes(float length, Random& random) {
  const float lot = random.unit();
  const int wanted = lot < 0.12f ? 0 : lot < 0.5f ? 1 : lot < 0.75f ? 2 : 3 + random.below(2);
  std::vector<float> sizes;
  for (int i = 0; i < wanted; ++i)
    sizes.push_back(random.scale(13, (wanted > 2 ? 0.4f : 1.12f) * length));
  // Large ones first: what is pasted around them would hide the small ones.
  std::sort(sizes.rbegin(), sizes.rend());
  return sizes;
}

// Where a face of this size overlaps no other one; nothing when some attempts found no such place.
std::optional<Spot> free_place(const std::vector<PastedFace>& faces, float size, float length,
                               Random& random) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    // The picture may end inside a face, as selfies do.
    const float margin = std::min(random.between(0.2f, 0.4f) * size, 0.5f * length);
    const Spot centre{random.between(margin, length - margin),
                      random.between(margin, length - margin)};
    if (std::all_of(faces.begin(), faces.end(), [&](const PastedFace& other) {
          const Spot at = other.map(kPhotographMiddle);
          return std::hypot(at.x - centre.x, at.y - centre.y) >
                 0.6f * (size + other.map.scale() * kCropSide);
        }))
      return centre;
  }
  return {};
}

// Pastes faces into a square picture. Each owns, by its number from 1, the pixels of `owner` that
// show it.
std::vector<PastedFace> paste_faces(Image& picture, Image& owner, const FacePool& pool,
                                    Random& random) {
  const auto length = static_cast<float>(picture.width);
  std::vector<PastedFace> faces;
  for (const float size : draw_sizes(length, random)) {
    const std::optional<Spot> centre = free_place(faces, size, length, random);
    if (!centre) continue;
    const float angle =
        random.chance(0.4f) ? random.between(-0.25f, 0.25f) : random.between(-0.88f, 0.88f);
    const size_t number = pool.draw(random);
    const Photograph& photograph = pool.photographs()[number];
    const Similarity map = Similarity::about(kPhotographMiddle, *centre, size / kCropSide, angle);
    faces.push_back({&photograph, map});
    paste({picture, &owner, static_cast<uint8_t>(faces.size())}, photograph, Cutout::head(random),
          map, random_gain(random));
    if (pool.heads() && random.chance(0.15f)) {
      Image worn(picture.width, picture.height, 1);
      wear_mask(picture, worn, pool.heads()->labels[number].moved(map), pool.photographs(),
                pool.heads()->objects, random);
    }
  }
  return faces;
}

// Covers some faces, which no longer own what is covered.
void cover_faces(Image& picture, Image& owner, const std::vector<PastedFace>& faces,
                 const Photographs& photographs, Random& random) {
  for (const PastedFace& face : faces) {
    if (!random.chance(0.4f)) continue;
    Image covered(picture.width, picture.height, 1);
    const Similarity to_unit = kUnitOfPhotograph.after(face.map.inverse());
    Occluder::draw(photographs, *face.photograph, 0.1f, 0.55f, random)
        .paint(picture, &covered, to_unit);
    for (size_t i = 0; i < covered.pixels.size(); ++i)
      if (covered.pixels[i] != 0) owner.pixels[i] = 0;
  }
}

// How much of a face's canonical crop is seen.
float visible_share(const Image& owner, int number, const Similarity& map) {
  constexpr int kGrid = 12;
  int visible = 0;
  for (int v = 0; v < kGrid; ++v)
    for (int u = 0; u < kGrid; ++u) {
      const auto place = [](int cell) {
        return kCropBegin + (static_cast<float>(cell) + 0.5f) / kGrid * kCropSide;
      };
      const Spot p = map({place(u), place(v)});
      const int x = static_cast<int>(std::floor(p.x)), y = static_cast<int>(std::floor(p.y));
      visible +=
          x >= 0 && y >= 0 && x < owner.width && y < owner.height && owner.row(y)[x] == number;
    }
  return static_cast<float>(visible) / (kGrid * kGrid);
}

}  // namespace

FaceScene FaceScenes::scene(int side, Random& random) const {
  constexpr float kDoubtful = 0.4f;  // of a face that is seen
  const Photographs& photographs = pool_.photographs();
  FaceScene scene;
  scene.picture = background(side, side, random);
  add_decoys({scene.picture}, photographs, random.below(4), random);
  add_clutter(scene.picture, photographs, random);
  Image owner(side, side, 1);
  const std::vector<PastedFace> faces = paste_faces(scene.picture, owner, pool_, random);
  cover_faces(scene.picture, owner, faces, photographs, random);
  add_decoys({scene.picture, &owner}, photographs, random.chance(0.2f) ? 1 : 0, random);
  for (size_t i = 0; i < faces.size(); ++i) {
    const Similarity& map = faces[i].map;
    const float share = visible_share(owner, static_cast<int>(i + 1), map);
    scene.faces.push_back(
        {{map(kPhotographMiddle), {map.a * kCropSide, map.b * kCropSide}}, share < kDoubtful});
  }
  if (random.chance(0.3f)) light_unevenly(scene.picture, random);
  photograph_badly(scene.picture, random, 0.8f);
  if (random.chance(0.5f)) {
    mirror(scene.picture);
    for (FaceScene::Face& face : scene.faces) face.square.mirror(static_cast<float>(side));
  }
  return scene;
}

}  // namespace ganface::train
