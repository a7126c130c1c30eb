// SPDX-License-Identifier: MIT
// Owns the distance between two sets of vectors, each seen as a normal distribution.
#pragma once

#include <torch/types.h>

namespace ganface::train {

/// A normal distribution.
struct Gaussian {
  at::Tensor mean;        ///< [d], float64
  at::Tensor covariance;  ///< [d, d], float64
};

/// Mean and unbiased covariance of the rows of samples [N, d], N >= 2.
Gaussian fit_gaussian(const at::Tensor& samples);

/// |m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½). Source: Dowson and Landau, Journal of Multivariate
/// Analysis 1982, eq. 4; as a measure of generators, Heusel et al., NeurIPS 2017.
double frechet_distance(const Gaussian& one, const Gaussian& other);

/// The first `count` principal components of samples [N, d], as columns [d, count], float64.
at::Tensor principal_components(const at::Tensor& samples, int64_t count);

}  // namespace ganface::train
