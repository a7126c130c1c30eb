// SPDX-License-Identifier: MIT
// Owns the colours of black-and-white and toned pictures.
#pragma once

#include <ganface/image.h>

namespace ganface::repair {

/// Where a picture is black and white, or toned as sepia is, so that the colour of a pixel follows
/// from how light it is, gives a completion (RGB) the same colours where `alpha` is set; its luma
/// stays. A grey picture stays grey exactly. Other pictures' completions stay as they are. `known`:
/// 255 where `crop` (RGB) shows the picture. All of one size.
void follow_toning(Image& completion, const Image& crop, const Image& known, const Image& alpha);

}  // namespace ganface::repair
