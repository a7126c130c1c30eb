// SPDX-License-Identifier: MIT
// Owns the R1 gradient penalty.
#include "train/adversarial/gradient_penalty.h"

#include <torch/autograd.h>

namespace ganface::train {

at::Tensor gradient_penalty(nn::Discriminator& discriminator, const at::Tensor& real) {
  const at::Tensor images = real.detach().requires_grad_(true);
  const at::Tensor gradient =
      torch::autograd::grad({discriminator(images).sum()}, {images}, {},
                            /*retain_graph=*/true, /*create_graph=*/true)[0];
  return gradient.square().flatten(1).sum(1).mean() / 2;
}

}  // namespace ganface::train
