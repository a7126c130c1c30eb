// SPDX-License-Identifier: MIT
// Owns the second stage of a completion, which repaints it at twice the resolution.
#pragma once

#include <ganface/image.h>

#include "models/refinement_network.h"

namespace ganface::repair {

/// Repaints what `completion` (RGB, of a canonical crop) shows where `hole` is set and wider than
/// some pixels, between the pixels of `crop`, by a share for each place ([1, 1, S, S] of any S, 0
/// to 1). The network works at 256 pixels a side: a smaller crop gets what is left of its detail, a
/// larger one keeps its own finer one. All of one side, 128 or more. Returns false, and changes
/// nothing, where the network's answer is not finite. Several threads may call it at once.
bool refine(Image& completion, const Image& crop, const Image& hole, const at::Tensor& share,
            nn::RefinementNetwork& network);

}  // namespace ganface::repair
