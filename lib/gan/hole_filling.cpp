// SPDX-License-Identifier: MIT
// Owns a smooth guess of what is in a hole, for networks to start from.
#include "gan/hole_filling.h"

#include <ATen/ATen.h>

namespace ganface::gan {

at::Tensor fill_holes(const at::Tensor& images, const at::Tensor& holes) {
  const at::Tensor is_kept = holes == 0;
  const at::Tensor known = at::where(is_kept, images, at::zeros({}, images.options()));
  if (images.size(2) == 1) return known;
  // Pull: the mean of the kept pixels of each 2 x 2 block, where there are any.
  const at::Tensor share = at::avg_pool2d(is_kept.to(images.scalar_type()), 2);
  const at::Tensor mean = at::avg_pool2d(known, 2) / share.clamp_min(0.25);
  const at::Tensor coarse = fill_holes(mean, (share == 0).to(images.scalar_type()));
  // Push: what is still missing comes from the coarser picture.
  const at::Tensor guess = at::upsample_bilinear2d(coarse, {images.size(2), images.size(3)}, false);
  return at::where(is_kept, images, guess);
}

}  // namespace ganface::gan
