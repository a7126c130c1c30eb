// SPDX-License-Identifier: MIT
// Owns the classical inpainting that repairs are compared with.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

namespace ganface {

/// Fills the hole (non-zero = missing) of an RGB image from its border inwards with OpenCV's
/// implementation, radius 3. Source: Telea, Journal of Graphics Tools 9(1), 2004.
GANFACE_API Image inpaint_telea(const Image& image, const Image& hole);

/// Likewise, by transporting the image's lines into the hole. Source: Bertalmio, Bertozzi, Sapiro,
/// CVPR 2001 (Navier-Stokes).
GANFACE_API Image inpaint_navier_stokes(const Image& image, const Image& hole);

}  // namespace ganface
