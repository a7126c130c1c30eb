// SPDX-License-Identifier: MIT
// Owns the light on synthetic pictures.
#pragma once

#include "train/synthetic/painting.h"

namespace ganface::train {

/// Light from a side, soft shadows and highlights.
void light_unevenly(Image& picture, Random& random);

/// The shine of damp skin: a few small bright spots in a canonical crop, where faces have them.
void add_shine(Image& crop, Random& random);

}  // namespace ganface::train
