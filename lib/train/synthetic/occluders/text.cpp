// SPDX-License-Identifier: MIT
// Owns letters and logos that are drawn over faces.
#include "train/synthetic/occluders/things.h"

#include <utility>
#include <vector>

namespace ganface::train {
namespace {

struct TextSize {
  float letter, stroke;  // a letter's height, and half a stroke's width: sides of the crop
  int letters, rows;
};

std::vector<Capsule> draw_letters(const TextSize& text, Random& random) {
  std::vector<Capsule> strokes;
  for (int row = 0; row < text.rows; ++row)
    for (int letter = 0; letter < text.letters; ++letter) {
      const float x = static_cast<float>(letter) * text.letter * 0.85f,
                  y = static_cast<float>(row) * text.letter * 1.5f;
      for (int stroke = 2 + random.below(2); stroke > 0; --stroke) {
        const auto corner = [&] {
          return Spot{x + 0.3f * text.letter * static_cast<float>(random.below(3)),
                      y + 0.5f * text.letter * static_cast<float>(random.below(3))};
        };
        strokes.push_back({corner(), corner(), text.stroke, text.stroke});
      }
    }
  return strokes;
}

}  // namespace

Thing draw_text(Random& random) {
  const float size = random.between(0.08f, 0.25f), thick = size * random.between(0.08f, 0.18f);
  const int letters = 2 + random.below(5), rows = 1 + random.below(2);
  std::vector<Capsule> strokes = draw_letters({size, thick, letters, rows}, random);
  const Similarity place =
      Similarity::about({static_cast<float>(letters) * size * 0.42f, size * 0.5f},
                        {random.between(0.2f, 0.8f), random.between(0.15f, 0.9f)}, 1,
                        random.chance(0.6f) ? 0 : random.between(-0.8f, 0.8f));
  const Shape letters_shape = union_of(std::move(strokes));
  const Rgb ink = random.chance(0.6f) ? Rgb{255, 255, 255} : random_colour(random),
            paper = random_colour(random);
  if (random.chance(0.4f)) {  // on a plate
    const float width = static_cast<float>(letters) * size * 0.5f,
                height = static_cast<float>(rows) * size * 0.85f;
    const Shape plate = box_shape(width, height, 0.02f);
    const Spot middle{static_cast<float>(letters) * size * 0.42f,
                      static_cast<float>(rows) * size * 0.65f};
    const Similarity back = place.inverse();
    return {placed(
                [=](Spot p) {
                  return plate({p.x - middle.x, p.y - middle.y});
                },
                place),
            [=](Spot p, float, float pixel) {
              return letters_shape(back(p)) < 0.5f * pixel ? ink : paper;
            }};
  }
  return {placed(letters_shape, place), [=](Spot, float, float) { return ink; }};
}

}  // namespace ganface::train
