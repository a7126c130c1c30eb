// SPDX-License-Identifier: MIT
// Owns the filling of what a hole covers beyond the canonical crop.
#pragma once

#include <ganface/api.h>
#include <ganface/frame.h>

namespace ganface {

/// Whether a hole over the head crop (1 channel, square, non-zero = missing) reaches beyond the
/// canonical crop in its middle.
GANFACE_API bool reaches_beyond_crop(const Image& hole);

/// What such a hole is filled with: a part of a frame, and what of it is new.
struct HeadFill {
  CanonicalTransform part{};  ///< from the frame to the part's unit square
  Image pixels;               ///< RGB; empty for a hole that is empty
  Image hole;                 ///< 1 channel, 255 = new
};

/// Fills such a hole from its border inwards (inpaint_telea()), so that nothing of what covered the
/// head is left where no network paints: below the chin, beside the cheeks. Throws Error(kInput)
/// when the transform has no inverse.
GANFACE_API HeadFill filled_head(const FrameView& frame, const CanonicalTransform& transform,
                                 const Image& hole);

/// Paints it on the frame. Pixels outside the hole keep their bytes.
GANFACE_API void paint_head(Frame& frame, const HeadFill& fill);

/// A face's transform to the canonical crop as one to the head crop.
GANFACE_API CanonicalTransform head_of(const CanonicalTransform& transform);

}  // namespace ganface
