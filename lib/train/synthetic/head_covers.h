// SPDX-License-Identifier: MIT
// Owns what covers the face of a segmenter's sample, and its labels.
#pragma once

#include "train/synthetic/face_scenes.h"
#include "train/synthetic/shown_head.h"

namespace ganface::train {

/// Labels what covers the face in the photograph itself.
void label_real_covers(HeadSample& sample, const ShownHead& head);

/// Puts things before the face, or none, and labels them.
void add_covers(HeadSample& sample, const ShownHead& head, const FacePool& pool, Random& random);

}  // namespace ganface::train
