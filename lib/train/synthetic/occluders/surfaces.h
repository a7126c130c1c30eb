// SPDX-License-Identifier: MIT
// Owns how the surfaces of occluders look: light, skin, cloth, plain and patterned things.
#pragma once

#include <functional>
#include <vector>

#include "train/synthetic/occluders/signed_distance.h"
#include "train/synthetic/photographs.h"

namespace ganface::train {

/// Colour at a point, given the distance to the outline and the width of a pixel there.
using Surface = std::function<Rgb(Spot, float distance, float pixel)>;

/// How much light a place gets, given the distance to the outline.
using Light = std::function<float(Spot, float distance)>;

/// Round like an arm: darker towards the outline.
Light round_light(float thickness, Random& random);

/// Strokes of which some lie before others.
struct Limbs {
  std::vector<Capsule> strokes;
  std::vector<float> lifts;  ///< how much higher each lies than the first

  void add(const Capsule& stroke, float lift) {
    strokes.push_back(stroke);
    lifts.push_back(lift);
  }
};

/// Limbs as a lamp and the room light them: round ones, the higher before the lower, dark where
/// they touch. `thickness`: half of theirs.
Light relief_light(Limbs limbs, float thickness, Random& random);

/// Skin, often that of the photograph `face`.
Surface skin_surface(const Photographs& photographs, const Photograph& face, Light light,
                     Random& random);
/// Of one colour, perhaps glossy at its edge.
Surface flat_surface(const Rgb& colour, Random& random);
/// A piece of a photograph, a colour or a pattern.
Surface any_surface(const Photographs& photographs, Random& random);

}  // namespace ganface::train
