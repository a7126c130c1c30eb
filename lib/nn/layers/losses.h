// SPDX-License-Identifier: MIT
// Owns the losses of the adversarial game (Goodfellow et al. 2014).
#pragma once

#include <torch/types.h>

#include <string>

namespace ganface::nn {

/// What the players of the game minimise.
enum class AdversarialLoss {
  kNonSaturating,  ///< cross entropy; G: -E[log D(G(z))]
  kSaturating,     ///< cross entropy; G: E[log(1 - D(G(z)))] (Goodfellow et al. 2014, eq. 1)
  kHinge,          ///< margins of one logit (Lim and Ye 2017; Miyato et al. 2018)
};

/// "non-saturating", "saturating", "hinge" <-> AdversarialLoss. Throws Error(kUsage) otherwise.
AdversarialLoss loss_by_name(const std::string& name);

/// The value of the game, V = E[log D(x)] + E[log(1 - D(G(z)))], from logits [N] of real and
/// generated images.
at::Tensor game_value(const at::Tensor& real_logits, const at::Tensor& fake_logits);

/// D's loss, from logits [N] of real and generated images: -V, or
/// E[max(0, 1 - real)] + E[max(0, 1 + fake)] for kHinge.
at::Tensor discriminator_loss(const at::Tensor& real_logits, const at::Tensor& fake_logits,
                              AdversarialLoss loss);

/// G's loss, from the logits [N] of its images; -E[logit] for kHinge.
at::Tensor generator_loss(const at::Tensor& fake_logits, AdversarialLoss loss);

}  // namespace ganface::nn
