// SPDX-License-Identifier: MIT
// Owns the losses of the adversarial game.
#include "nn/layers/losses.h"

#include <ganface/error.h>

#include <ATen/ATen.h>

namespace ganface::nn {

// log D = log_sigmoid(logit) and log(1 - D) = log_sigmoid(-logit) never overflow.

AdversarialLoss loss_by_name(const std::string& name) {
  if (name == "non-saturating") return AdversarialLoss::kNonSaturating;
  if (name == "saturating") return AdversarialLoss::kSaturating;
  if (name == "hinge") return AdversarialLoss::kHinge;
  throw Error(ErrorCode::kUsage,
              "loss '" + name + "' is unknown; expected non-saturating, saturating or hinge");
}

at::Tensor game_value(const at::Tensor& real_logits, const at::Tensor& fake_logits) {
  return at::log_sigmoid(real_logits).mean() + at::log_sigmoid(-fake_logits).mean();
}

at::Tensor discriminator_loss(const at::Tensor& real_logits, const at::Tensor& fake_logits,
                              AdversarialLoss loss) {
  if (loss == AdversarialLoss::kHinge)
    return at::relu(1 - real_logits).mean() + at::relu(1 + fake_logits).mean();
  return -game_value(real_logits, fake_logits);
}

at::Tensor generator_loss(const at::Tensor& fake_logits, AdversarialLoss loss) {
  if (loss == AdversarialLoss::kHinge) return -fake_logits.mean();
  return loss == AdversarialLoss::kSaturating ? at::log_sigmoid(-fake_logits).mean()
                                              : -at::log_sigmoid(fake_logits).mean();
}

}  // namespace ganface::nn
