// SPDX-License-Identifier: MIT
// Owns how a generated hole meets the picture around it.
#pragma once

#include <ganface/repair.h>

namespace ganface::repair {

/// Share of the completion at each pixel, 0 to 255, for a hole (1 channel, non-zero = missing).
/// kNone, kPoisson: 255 in the hole, 0 elsewhere. kFeather: 255 in the hole, falling linearly to 0
/// at feather_px + 1 pixels from it (city-block distance), so that nothing further away changes.
Image blend_alpha(const Image& hole, Blend blend, int feather_px);

/// The completion with its colours shifted smoothly inside the hole so that it meets the crop at
/// the hole's border: Poisson image editing with the completion's gradients, solved for the shift,
/// which obeys Laplace's equation with the differences at the border as boundary values. At the
/// picture's edge the shift's normal derivative is zero. Source: Perez, Gangnet, Blake, SIGGRAPH
/// 2003, eq. 4. Outside the hole the crop is returned.
Image blend_poisson(const Image& crop, const Image& completion, const Image& hole);

/// crop and completion mixed by alpha; pixels with alpha 0 are copied from the crop.
Image blend_images(const Image& crop, const Image& completion, const Image& alpha);

}  // namespace ganface::repair
