// SPDX-License-Identifier: MIT
// Owns the R1 gradient penalty.
#pragma once

#include "models/networks.h"

namespace ganface::train {

/// E[|∇_x D(x)|²] / 2 over real images [N, 3, S, S], D's result taken as the logit; differentiable
/// in D's weights. Source: Mescheder, Geiger, Nowozin, ICML 2018, eq. 9 (R1), without its weight.
at::Tensor gradient_penalty(nn::Discriminator& discriminator, const at::Tensor& real);

}  // namespace ganface::train
