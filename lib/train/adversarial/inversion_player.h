// SPDX-License-Identifier: MIT
// Owns the encoder that plays along with generator and discriminator.
#pragma once

#include <torch/optim/adam.h>

#include "models/networks.h"
#include "train/loop/random_source.h"

namespace ganface::train {

/// Faces, and the holes that are torn into them.
struct DamagedBatch {
  at::Tensor faces;  ///< [N, 3, S, S], undamaged
  at::Tensor holes;  ///< [N, 1, S, S]; every third face has none
};

/// Draws holes for `faces` [N, 3, S, S].
DamagedBatch damage(const at::Tensor& faces, RandomSource& random);

/// An encoder E(y, M) -> z that learns together with the generator, and teaches it: G(E(y, M)) is
/// to be the undamaged face, so that G can make every face of the training set and a repair finds
/// it. Source: Larsen, Sønderby, Larochelle, Winther, ICML 2016 (an autoencoder that shares its
/// decoder with a GAN). Deviations: z has the GAN's own prior, which the encoder's z are matched to
/// by the sliced Wasserstein distance (Kolouri et al., ICLR 2019) in place of a variational bound;
/// faces are damaged.
class InversionPlayer {
 public:
  InversionPlayer(const nn::NetworkOptions& networks, const nn::Execution& execution,
                  const torch::optim::AdamOptions& adam);

  /// What E and G minimise: mean error and mean error in the hole of `images` = G(z), z = E's of
  /// `batch`, and the distance of undamaged faces' z from the prior.
  at::Tensor loss(const DamagedBatch& batch, const at::Tensor& z, const at::Tensor& images,
                  RandomSource& random) const;

  nn::Encoder encoder;
  nn::Encoder average;  ///< running mean of encoder's parameters
  torch::optim::Adam optimiser;
};

/// Mean over the images of the absolute error [N, 3, S, S] inside holes [N, 1, S, S]; images
/// without a hole count 0.
at::Tensor mean_hole_error(const at::Tensor& absolute_error, const at::Tensor& holes);

/// Squared 2-Wasserstein distance of z [N, d] from U(-1, 1)^d, averaged over `directions` [d, K] of
/// unit length, along each of which U(-1, 1)^d is close to normal with variance 1/3 (central limit
/// theorem). A scalar; differentiable.
at::Tensor distance_from_prior(const at::Tensor& z, const at::Tensor& directions);

}  // namespace ganface::train
