// SPDX-License-Identifier: MIT
// Owns batches of matrix products on the CPU.
#pragma once

#include <torch/types.h>

namespace ganface::nn {

/// a [S, M, K] times b [S, K, N] -> [S, M, N]; CPU, transposed views allowed. Like at::bmm, but in
/// float32 the S products run side by side, one thread each: LibTorch 1.13 runs them one after the
/// other, each split over all threads by a BLAS whose waiting threads then spend a quarter of the
/// time in sched_yield (measured with OpenBLAS 0.3.21, 2 cores). bfloat16 goes to oneDNN, whose
/// at::bmm has no such fault. Throws c10::Error for sizes that do not fit.
at::Tensor batched_product(const at::Tensor& a, const at::Tensor& b);

}  // namespace ganface::nn
