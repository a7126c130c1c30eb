// SPDX-License-Identifier: MIT
// Owns what every method of repair makes of a damaged face before it starts.
#pragma once

#include <ganface/repair.h>

namespace ganface::repair {

/// Throws Error(kInput) unless the face is a square RGB crop with a hole of the same size, and a
/// reference, if any, fits them.
void check(const DamagedFace& face);

/// The image at another side.
Image at_side(const Image& image, int side);

/// The hole at another size, 0 or 255: a pixel is missing when any part of it was.
Image scale_hole(const Image& hole, int size);

/// A face without a hole, at the model's side: it comes back as it is.
RepairedFace untouched(const Image& crop);

/// Whether the hole says itself in which shares it is to be replaced.
bool has_soft_edges(const Image& hole);

}  // namespace ganface::repair
