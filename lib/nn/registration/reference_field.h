// SPDX-License-Identifier: MIT
// Owns how a look at a face is moved and relit to fit another.
#pragma once

#include <torch/types.h>

#include <optional>

#include "nn/kernels/sampling.h"

namespace ganface::nn {

/// A part of a picture, pixels; `right` and `bottom` lie outside.
struct PicturePart {
  int64_t left, top, right, bottom;
};

/// How a reference is to be moved and relit to fit a crop, on a coarse grid.
struct ReferenceField {
  /// [N, 2, 16, 16]: for a place of the crop, where in the reference the same is, as the way there
  /// (x, y) in half sides of the crop.
  at::Tensor flow;
  at::Tensor gain, offset;  ///< [N, 3, 16, 16]: of the reference's colours in [-1, 1]

  /// The same on a grid of side x side.
  ReferenceField at_side(int64_t side) const;
  /// A picture [N, C, S, S] of any side moved as the flow says; outside it is 0.
  at::Tensor move(const at::Tensor& picture, Sampling sampling) const;
  /// Colours [N, 3, H, W] of what the field covers, as the crop's light would show them.
  at::Tensor relight(const at::Tensor& moved) const;
  /// A reference [N, 4, S, S] of any side, colours (0 where it is not known) and where it is known,
  /// moved and relit, colours in [-1, 1] times where it is known: [N, 4, S, S], or the part of it
  /// that is asked for. Differentiable. Throws c10::Error for other sizes.
  at::Tensor show(const at::Tensor& reference, Sampling sampling,
                  const std::optional<PicturePart>& part = {}) const;
};

}  // namespace ganface::nn
