// SPDX-License-Identifier: MIT
// Owns the search of the latent space for the face that explains the kept pixels.
#pragma once

#include <ganface/repair.h>

#include "models/model_file.h"

namespace ganface::repair {

/// Contextual weights W [N, 1, S, S] of holes [N, 1, S, S] (1 = missing): Yeh et al. 2017,
/// equation 3.
at::Tensor context_weights(const at::Tensor& holes, ContextWeights kind);

/// N faces to search for, on one device.
struct SearchTarget {
  at::Tensor faces;  ///< [N, 3, S, S] in [-1, 1]
  at::Tensor holes;  ///< [N, 1, S, S]: 1 = missing
};

/// What the search found for each of them.
struct SearchResult {
  at::Tensor z;            ///< [N, latent]
  at::Tensor completions;  ///< [N, 3, S, S] in [-1, 1]
  std::vector<double> contextual;
  std::vector<double> perceptual;
  std::vector<int> iterations;
  std::vector<bool> found;  ///< false where no loss was finite: the rest of that row is worthless
};

/// Where the search of each face starts, on any device.
struct SearchStart {
  at::Tensor z;     ///< [N, latent]
  at::Tensor done;  ///< [N]: share of the step-size schedule that is behind it, 0 to 1
  /// [N, latent]: the z that options.proximity holds to. Undefined = none.
  at::Tensor anchor;
  /// [latent, latent], symmetric: steps are taken in coordinates u, z = P u. Undefined = in z's
  /// own.
  at::Tensor preconditioner;
};

/// Gradient descent on z alone, clipped to [-1, 1] every step. Adam's step size falls from
/// options.learning_rate to 0 along a cosine over options.iterations steps. A face that has stopped
/// leaves the batch.
SearchResult search(const nn::Model& model, const SearchTarget& target, const SearchStart& start,
                    const SearchOptions& options, const StopCondition& stop);

}  // namespace ganface::repair
