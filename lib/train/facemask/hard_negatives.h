// SPDX-License-Identifier: MIT
// Owns the search for what a facemask model mistakes for faces.
#pragma once

#include <ganface/image.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/synthetic/face_scenes.h"

namespace ganface::train {

/// Windows as an aligner sees them (RGB, nn::kAlignerSize) around what the model (name or path,
/// with detector and aligner) half takes for faces in `pictures` pictures without any: the
/// negatives that a training learns most from (Sung and Poggio 1998). What it is nearly sure of is
/// left out; now and then somebody stands in the background. Throws Error(kModel).
std::vector<Image> hard_negatives(const FaceScenes& scenes, const std::string& model, int pictures,
                                  uint64_t seed);

}  // namespace ganface::train
