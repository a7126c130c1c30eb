// SPDX-License-Identifier: MIT
// Owns the noise of a picture, which what a network paints lacks.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

#include <cstdint>

namespace ganface {

/// Standard deviation of the noise in an RGB image's luma where `where` (1 channel, of its size) is
/// set, in 8-bit levels: Immerkaer's mask (1996), whose median response edges hardly change. 0
/// where there are too few pixels to tell.
GANFACE_API double noise_level(const Image& rgb, const Image& where);

/// Gives a completion, where `hole` is set, the noise by which the kept pixels of `crop` exceed its
/// own. All of one size. The same seed gives the same noise; take another for each frame of a
/// video.
GANFACE_API void match_grain(Image& completion, const Image& crop, const Image& hole,
                             uint64_t seed);

}  // namespace ganface
