// SPDX-License-Identifier: MIT
// Owns the cloth of masks and scarves: plain, printed, patterned, or anything photographed.
#pragma once

#include <functional>
#include <vector>

#include "train/synthetic/head_labels.h"
#include "train/synthetic/photographs.h"

namespace ganface::train {

/// Colour of cloth at a point in shares of the face's side about the mask's middle.
using Cloth = std::function<Rgb(float right, float below)>;

/// `pictures`, which may be empty and have to outlive the cloth, are printed on some.
Cloth draw_cloth(const Photographs& photographs, const std::vector<RealCutout>& pictures,
                 Random& random);

}  // namespace ganface::train
