// SPDX-License-Identifier: MIT
// Owns a smooth estimate of what is in a hole, for networks to start from, and what is deep in one.
#pragma once

#include <torch/types.h>

namespace ganface::nn {

/// images [N, C, S, S] with holes [N, 1, S, S] (1 = missing), S a power of two, filled from what is
/// kept: a missing pixel takes the mean of the kept pixels of the smallest block of 2 x 2, 4 x 4, …
/// that holds any, blended bilinearly between blocks. What is in the holes is ignored; a picture
/// without a kept pixel becomes 0. Throws c10::Error for other sizes. Source: pull-push, Gortler,
/// Grzeszczuk, Szeliski, Cohen, SIGGRAPH 1996.
at::Tensor fill_holes(const at::Tensor& images, const at::Tensor& holes);

/// holes [N, 1, H, W] without their edges: 1 where every pixel around is missing, falling to 0
/// towards what is kept.
at::Tensor deep_inside(const at::Tensor& holes);

}  // namespace ganface::nn
