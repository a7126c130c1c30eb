// SPDX-License-Identifier: MIT
// Owns how a repair ends at the border of its crop.
#pragma once

#include <ganface/api.h>
#include <ganface/frame.h>

namespace ganface {

/// What covers a face often goes on beyond its crop, an arm for instance, where nothing is
/// repaired. There `alpha` (1 channel, of the crop's size), the share of the completion, falls to 0
/// towards the border, so that no straight cut shows. Elsewhere (beyond the border the frame looks
/// otherwise than `crop`, as damaged, does inside, or it ends there) alpha stays. Throws as
/// extract_crop().
GANFACE_API void fade_at_border(Image& alpha, const Image& crop, const FrameView& frame,
                                const CanonicalTransform& transform);

}  // namespace ganface
