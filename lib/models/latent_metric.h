// SPDX-License-Identifier: MIT
// Owns how far a generator's images move with z.
#pragma once

#include "models/networks.h"

namespace ganface::nn {

/// Mean over z of Jᵀ J, J = dG/dz: [latent, latent], symmetric; zᵀ M z is about the squared change
/// of the image by a small change z. Estimated at a few fixed z by forward differences;
/// deterministic.
at::Tensor latent_metric(Generator generator, const Execution& execution);

/// M^-exponent, scaled to a mean diagonal of 1: a step of unit size through it moves the image
/// about as far whichever way it points (exponent ½), or half-way so (¼).
at::Tensor inverse_power(const at::Tensor& metric, double exponent);

}  // namespace ganface::nn
