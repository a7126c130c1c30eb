// SPDX-License-Identifier: MIT
// Owns the filling of what a hole covers beyond the canonical crop.
#pragma once

#include <ganface/api.h>
#include <ganface/frame.h>

namespace ganface {

/// Whether a hole over the head crop (1 channel, square, non-zero = missing) reaches beyond the
/// canonical crop in its middle.
GANFACE_API bool reaches_beyond_crop(const Image& hole);

/// Fills such a hole of a frame from its border inwards (inpaint_telea()), so that nothing of what
/// covered the head is left where no network paints: below the chin, beside the cheeks. Pixels
/// outside the hole keep their bytes. Throws Error(kInput) when the transform has no inverse.
GANFACE_API void fill_head(Frame& frame, const CanonicalTransform& transform, const Image& hole);

/// A face's transform to the canonical crop as one to the head crop.
GANFACE_API CanonicalTransform head_of(const CanonicalTransform& transform);

}  // namespace ganface
