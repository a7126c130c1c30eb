// SPDX-License-Identifier: MIT
// Owns the synthetic things that people wear, hold or grow before their faces, put on by their
// landmarks. Their code is in worn/, a thing a file.
#pragma once

#include <vector>

#include "train/synthetic/head_labels.h"
#include "train/synthetic/photographs.h"

namespace ganface::train {

/// Puts a medical mask, a cloth mask or a scarf over nose or mouth. `points`: the head's, in pixels
/// of the picture. `pictures`, which may be empty, are printed on some. Sets `mask` (1 channel, of
/// the picture's size) to 255 where it covers.
void wear_mask(Image& picture, Image& mask, const std::vector<Spot>& points,
               const Photographs& photographs, const std::vector<RealCutout>& pictures,
               Random& random);

/// Puts glasses on: clear ones, with frames, tints and reflections, or, when `dark`, such as hide
/// the eyes. Sets `mask` to 255 where frames and lenses are.
void wear_glasses(Image& picture, Image& mask, const std::vector<Spot>& points, bool dark,
                  Random& random);

/// Holds a real hand before the face, in the face's own colours or its own. Sets `mask` to 255
/// where it covers.
void hold_hand(Image& picture, Image& mask, const std::vector<Spot>& points, const RealCutout& hand,
               Random& random);

/// Holds a real object before the face, small ones at mouth and chin above all. Sets `mask` to 255
/// where it covers.
void hold_object(Image& picture, Image& mask, const std::vector<Spot>& points,
                 const RealCutout& object, Random& random);

/// Puts what covers another head in its photograph at the same place before this one. `other` is
/// that photograph, `label` its label, `map` takes its pixels to the picture's. Sets `kinds` to 1 +
/// OccluderKind where it covers.
void put_cover(Image& picture, Image& kinds, const std::vector<Spot>& points,
               const Photograph& other, const HeadLabel& label, const Similarity& map,
               Random& random);

/// Lets what is above the forehead, hair or a cloth, hang down over it, which covers nothing that
/// is to be repaired.
void wear_fringe(Image& picture, const std::vector<Spot>& points, Random& random);

/// Opens the mouth wide: dark inside, with teeth or a tongue perhaps.
void open_mouth(Image& picture, const std::vector<Spot>& points, Random& random);

}  // namespace ganface::train
