// SPDX-License-Identifier: MIT
// Owns what another photograph of a person gives to a completed face.
#pragma once

#include <torch/types.h>

#include "nn/registration/reference_field.h"

namespace ganface::nn {

/// Another photograph of a person, moved and relit to lie over a completion.
struct PersonDetail {
  ReferenceField field;
  at::Tensor picture;  ///< [N, 3, S, S]
  /// [N, 1, S, S]: how far its detail may stand in for the completion's, 0 to 1: in the hole, away
  /// from kept pixels, which tell better what is next to them, where both show the same structure.
  at::Tensor share;
};

/// Lays a photograph with another pose, light and expression over a completed face. What is to be
/// found in both (eyes, brows, the edges of nose and mouth) is brought into place by a quadratic
/// flow (Gauss and Newton's steps from coarse to fine, pulled towards no motion, on pictures with
/// even light and contrast); unlike reference_fit.h's similarity it takes the completion, vague as
/// it is, for what is to be met. Colours are then scaled to the completion's, seen coarsely, as one
/// light takes the place of another.
///
/// `completed` [N, 3, S, S] in [-1, 1] where `hole` [N, 1, S, S] is 1; `reference` [N, 4, S, S]:
/// its colours, 0 where it is not known, and 1 where it is known; S a power of two from 64. No
/// gradients.
PersonDetail lay_photograph(const at::Tensor& completed, const at::Tensor& hole,
                            const at::Tensor& reference);

/// A completion with the photograph's detail, band by band: the finer one is, the more of it
/// comes from the photograph; what is coarse tells of pose and light, and stays. `sharpened` is the
/// completion as it would be without a photograph, and is where its share is 0.
at::Tensor with_detail(const at::Tensor& completed, const at::Tensor& sharpened,
                       const PersonDetail& detail);

}  // namespace ganface::nn
