// SPDX-License-Identifier: MIT
// Owns products with matrices that no longer change.
#pragma once

#include <torch/types.h>

#include "gan/lanes.h"

namespace ganface::gan {

/// Matrices [S, K, N] in float32 on a CPU, in the order in which a product reads them. A BLAS
/// copies both factors into such an order at every call, which for the small products of one face
/// takes as long as the product.
class PackedMatrices {
 public:
  /// N is a multiple of kGranularity.
  explicit PackedMatrices(const at::Tensor& matrices);

  /// a [S, M, K] times the matrices -> `product` [S, M, N]. Each of the S is contiguous.
  void left_times(const at::Tensor& a, const at::Tensor& product) const;

  static constexpr int64_t kGranularity = kLanes;

 private:
  at::Tensor packed_;  // [S, K N]: panels of 16 columns, the last one perhaps of 8; row by row
  int64_t rows_, columns_;
};

}  // namespace ganface::gan
