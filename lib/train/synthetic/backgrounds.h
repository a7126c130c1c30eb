// SPDX-License-Identifier: MIT
// Owns what stands behind and beside the faces of synthetic pictures.
#pragma once

#include "train/synthetic/face_pool.h"
#include "train/synthetic/pasting.h"

namespace ganface::train {

/// A picture without a face: pieces of photographs' surroundings.
Image draw_background(const FacePool& pool, int width, int height, Random& random);

/// Lumps of pictures without faces, cut like heads are, so that being cut out says nothing.
void add_decoys(const Canvas& canvas, const Photographs& photographs, int count, Random& random);

/// Hands, objects and text where no face is, and scraps of faces too small to be one.
void add_clutter(Image& picture, const Photographs& photographs, Random& random);

}  // namespace ganface::train
