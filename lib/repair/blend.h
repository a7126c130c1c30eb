// SPDX-License-Identifier: MIT
// Owns how a generated hole meets the picture around it.
#pragma once

#include <ganface/repair.h>

namespace ganface::repair {

/// Share of the completion at each pixel, 0 to 255, for a hole (1 channel, non-zero = missing).
/// kNone: 255 in the hole, 0 elsewhere. kFeather: 255 in the hole, falling linearly to 0 at
/// feather_px + 1 pixels from it (city-block distance), so that nothing further away changes.
Image blend_alpha(const Image& hole, Blend blend, int feather_px);

/// crop and completion mixed by alpha; pixels with alpha 0 are copied from the crop.
Image blend_images(const Image& crop, const Image& completion, const Image& alpha);

}  // namespace ganface::repair
