// SPDX-License-Identifier: MIT
// Owns products with matrices that no longer change.
#pragma once

#include <torch/types.h>

#include "nn/runtime/simd.h"

namespace ganface::nn {

/// Matrices [S, K, N] in float32, or in bfloat16 where the processor multiplies that, on a CPU, in
/// the order in which a product reads them. A BLAS copies both factors into such an order at every
/// call, which for the small products of one face takes as long as the product.
class PackedMatrices {
 public:
  /// N is a multiple of kGranularity. K is even in bfloat16, which needs has_bfloat16_lanes().
  /// Throws c10::Error for other sizes or another type.
  explicit PackedMatrices(const at::Tensor& matrices);

  /// Columns of a product: in bfloat16 those of the matrices and perhaps some zeros.
  int64_t columns() const { return columns_; }

  int64_t rows() const { return rows_; }
  torch::ScalarType type() const { return packed_.scalar_type(); }

  /// a [S, M, K], of the matrices' type, times the matrices -> `product` [S, M, columns()] in
  /// float32. Each of the S is contiguous. Throws c10::Error for other sizes or types.
  void left_times(const at::Tensor& a, const at::Tensor& product) const;

  static constexpr int64_t kGranularity = kSimdWidth;

 private:
  // [S, K N]: panels of several vectors' columns, the last one perhaps of fewer; row by row, in
  // bfloat16 two rows at a time, column by column.
  at::Tensor packed_;
  int64_t rows_, columns_;
};

}  // namespace ganface::nn
