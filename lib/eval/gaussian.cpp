// SPDX-License-Identifier: MIT
// Owns the distance between two sets of vectors, each seen as a normal distribution.
#include "eval/gaussian.h"

#include <ganface/error.h>

#include <algorithm>
#include <cmath>

namespace ganface::train {

Gaussian fit_gaussian(const at::Tensor& samples) {
  const at::Tensor rows = samples.to(torch::kFloat64);
  const at::Tensor mean = rows.mean(0), centred = rows - mean;
  return {mean, centred.t().mm(centred) / static_cast<double>(rows.size(0) - 1)};
}

double frechet_distance(const Gaussian& one, const Gaussian& other) {
  // tr (C1 C2)^½ = tr (C1^½ C2 C1^½)^½, whose argument is symmetric.
  const auto [values, vectors] = at::linalg_eigh(one.covariance);
  const at::Tensor root = vectors.mm(at::diag(values.clamp_min(0).sqrt())).mm(vectors.t());
  const at::Tensor cross = std::get<0>(at::linalg_eigh(root.mm(other.covariance).mm(root)));
  const double distance = ((one.mean - other.mean).square().sum() + one.covariance.trace() +
                           other.covariance.trace() - 2 * cross.clamp_min(0).sqrt().sum())
                              .item<double>();
  // std::max(0.0, NaN) would be the best possible figure.
  if (!std::isfinite(distance))
    throw Error(ErrorCode::kInput,
                "the distance of two sets of vectors is not a finite number; one of them holds "
                "numbers that are none, or too large");
  return std::max(0.0, distance);
}

at::Tensor principal_components(const at::Tensor& samples, int64_t count) {
  const at::Tensor rows = samples.to(torch::kFloat64);
  const at::Tensor centred = rows - rows.mean(0);
  // Of the smaller of the two product matrices.
  if (centred.size(0) < centred.size(1)) {
    const at::Tensor left = std::get<1>(at::linalg_eigh(centred.mm(centred.t())));
    const at::Tensor columns = centred.t().mm(left.flip(1).slice(1, 0, count));
    return columns / columns.norm(2, {0}, true);
  }
  return std::get<1>(at::linalg_eigh(centred.t().mm(centred))).flip(1).slice(1, 0, count);
}

}  // namespace ganface::train
