// SPDX-License-Identifier: MIT
// Owns how the face of a segmenter's sample looked before, and what of that is known.
#pragma once

#include "train/synthetic/face_scenes.h"
#include "train/synthetic/shown_head.h"

namespace ganface::train {

/// Adds the look of a head that nothing real covers: the same photograph or another one of the
/// person, moved, relit and perhaps covered by something else.
void add_look(HeadSample& sample, const ShownHead& head, const FacePool& pool, Random& random);

}  // namespace ganface::train
