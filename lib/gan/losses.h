// SPDX-License-Identifier: MIT
// Owns the losses of the adversarial game (method.md sections 1 and 2).
#pragma once

#include <torch/types.h>

namespace ganface::gan {

/// -E[log D(x)] - E[log(1 - D(G(z)))], from logits [N] of real and generated images.
at::Tensor discriminator_loss(const at::Tensor& real_logits, const at::Tensor& fake_logits);

/// G's loss from the logits [N] of its images: -E[log D(G(z))], or E[log(1 - D(G(z)))] when
/// `saturating`.
at::Tensor generator_loss(const at::Tensor& fake_logits, bool saturating);

}  // namespace ganface::gan
