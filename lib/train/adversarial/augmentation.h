// SPDX-License-Identifier: MIT
// Owns the differentiable augmentations that both players of the game see.
#pragma once

#include <torch/types.h>

#include <string>

#include "train/loop/random_source.h"

namespace ganface::train {

/// Which augmentations are applied. With any of them D learns less by heart from few images, and
/// since G learns through them its images do not take them on.
/// Source: Zhao, Liu, Lin, Zhu, Han, NeurIPS 2020 (differentiable augmentation).
struct Augmentation {
  bool color = false;        ///< brightness, saturation and contrast
  bool translation = false;  ///< by up to an eighth of the side, zeros moving in
  bool cutout = false;       ///< zeros in a square of half the side

  bool any() const { return color || translation || cutout; }
};

/// "none", or names separated by commas -> Augmentation. Throws Error(kUsage) listing the names.
Augmentation augmentation_by_names(const std::string& names);

/// Each of images [N, C, S, S] in [-1, 1] changed in its own random way. Differentiable.
at::Tensor augment(const at::Tensor& images, const Augmentation& augmentation,
                   RandomSource& random);

}  // namespace ganface::train
