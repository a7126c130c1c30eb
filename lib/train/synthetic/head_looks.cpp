// SPDX-License-Identifier: MIT
// Owns how the face of a segmenter's sample looked before, and what of that is known.
#include "train/synthetic/head_looks.h"

#include "models/face_network_sizes.h"
#include "train/synthetic/degradation.h"
#include "train/synthetic/illumination.h"
#include "train/synthetic/occluder.h"
#include "train/synthetic/pasting.h"
#include "train/synthetic/worn_things.h"

namespace ganface::train {
namespace {

// What a look shows, and where: `map` takes its pixels to the look's.
struct ShownLook {
  size_t number;  // of the photograph
  const Photograph& photograph;
  Similarity map;
};

// A part of another photograph of the person: the mouth has opened, say.
void change_part(Image& look, const Photograph& other, const Similarity& map, const Rgb& gain,
                 Random& random) {
  const Spot middle{kPhotographMiddle.x + random.between(-0.2f, 0.2f) * kCropSide,
                    kPhotographMiddle.y + random.between(-0.25f, 0.35f) * kCropSide};
  const float size = random.between(0.08f, 0.2f) * kCropSide;
  paste({look}, other, Cutout(middle, size, size * random.between(0.5f, 0.9f), random), map, gain);
}

// The head in its other place, with all that it wore.
ShownLook paint_look(Image& look, const ShownHead& head, const FacePool& pool, Random& random) {
  const auto side = static_cast<float>(look.width);
  // The same photograph has all of the face as it was; another one has its own expression.
  const bool is_same = random.chance(0.85f);
  const size_t another = pool.photographs().another_of_person(head.number, random);
  const Photograph& changed = pool.photographs()[another];
  const Similarity map =
      Similarity::about({side / 2.f, side / 2.f},
                        {side * (0.5f + random.between(-0.03f, 0.03f)),
                         side * (0.5f + random.between(-0.03f, 0.03f))},
                        random.scale(0.95f, 1.05f), random.between(-0.07f, 0.07f))
          .after(head.map);
  const ShownLook shown{is_same ? head.number : another, is_same ? head.photograph : changed, map};
  show(look, shown.photograph, map, head.gain);
  if (is_same && random.chance(0.35f)) change_part(look, changed, map, head.gain, random);
  const std::vector<Spot> points = pool.heads()->labels[shown.number].moved(map);
  if (std::optional<Random> fringe = head.fringe) wear_fringe(look, points, *fringe);
  if (std::optional<Random> glasses = head.glasses) {
    Image worn(look.width, look.height, 1);
    wear_glasses(look, worn, points, false, *glasses);
  }
  return shown;
}

// A head that has turned or nodded a little: its middle, which is in front, has moved the farthest.
void turn_head(Image& crop, Random& random) {
  constexpr float kMost = 0.05f;  // sides
  const Photograph before(crop);
  const auto side = static_cast<float>(crop.width);
  const Spot way{side * random.between(-kMost, kMost), side * random.between(-kMost, kMost) / 2};
  const Spot middle{side * random.between(0.4f, 0.6f), side * random.between(0.45f, 0.7f)};
  for (int y = 0; y < crop.height; ++y)
    for (int x = 0; x < crop.width; ++x) {
      const float u = (static_cast<float>(x) - middle.x) / (0.45f * side);
      const float v = (static_cast<float>(y) - middle.y) / (0.6f * side);
      const float front = 1 - u * u - v * v;
      if (front <= 0) continue;
      const float depth = std::sqrt(front);
      set_pixel(crop, x, y,
                before.at({static_cast<float>(x) + 0.5f - depth * way.x,
                           static_cast<float>(y) + 0.5f - depth * way.y},
                          1));
    }
}

// Something was in front of it then, and was seen.
void hide_part(HeadSample& sample, const ShownLook& shown, const Photographs& photographs,
               Random& random) {
  Image then = sample.look, covered(then.width, then.height, 1);
  Occluder::draw(photographs, shown.photograph, 0.02f, 0.5f, random)
      .paint(then, &covered, kUnitOfPhotograph.after(shown.map.inverse()));
  for (size_t i = 0; i < covered.pixels.size(); ++i)
    if (covered.pixels[i] != 0) sample.known.pixels[i] = 0;
}

}  // namespace

void add_look(HeadSample& sample, const ShownHead& head, const FacePool& pool, Random& random) {
  constexpr int kSide = nn::kSegmenterSize;
  sample.look = Image(kSide, kSide, 3);
  const ShownLook shown = paint_look(sample.look, head, pool, random);
  if (random.chance(0.5f)) turn_head(sample.look, random);
  if (random.chance(0.6f)) light_unevenly(sample.look, random);
  if (random.chance(0.15f))  // which was missed
    Occluder::draw(pool.photographs(), shown.photograph, 0.02f, 0.4f, random)
        .paint(sample.look, nullptr, kUnitOfPhotograph.after(shown.map.inverse()));
  if (random.chance(0.3f)) haze(sample.look, random);
  photograph_badly(sample.look, random, 1);
  if (head.is_grey) make_grey(sample.look);
  sample.known = Image(kSide, kSide, 1, 255);
  if (random.chance(0.4f)) hide_part(sample, shown, pool.photographs(), random);
}

}  // namespace ganface::train
