// SPDX-License-Identifier: MIT
// Owns the losses of the adversarial game (method.md sections 1 and 2).
#include "gan/losses.h"

#include <ATen/ATen.h>

namespace ganface::gan {

// log D = log_sigmoid(logit) and log(1 - D) = log_sigmoid(-logit) never overflow.

at::Tensor discriminator_loss(const at::Tensor& real_logits, const at::Tensor& fake_logits) {
  return -at::log_sigmoid(real_logits).mean() - at::log_sigmoid(-fake_logits).mean();
}

at::Tensor generator_loss(const at::Tensor& fake_logits, bool saturating) {
  return saturating ? at::log_sigmoid(-fake_logits).mean() : -at::log_sigmoid(fake_logits).mean();
}

}  // namespace ganface::gan
