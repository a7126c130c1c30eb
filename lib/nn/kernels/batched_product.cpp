// SPDX-License-Identifier: MIT
// Owns batches of matrix products on the CPU.
#include "nn/kernels/batched_product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace ganface::nn {

at::Tensor batched_product(const at::Tensor& a, const at::Tensor& b) {
  TORCH_CHECK(a.dim() == 3 && b.dim() == 3 && a.size(0) == b.size(0) && a.size(2) == b.size(1),
              "batched product of ", a.sizes(), " and ", b.sizes(),
              ", expected [S, M, K] and [S, K, N]");
  if (a.scalar_type() != torch::kFloat32) return at::bmm(a, b);
  at::Tensor product = at::empty({a.size(0), a.size(1), b.size(2)});
  at::parallel_for(0, a.size(0), 1, [&](int64_t begin, int64_t end) {
    at::NoGradGuard no_gradient;
    for (int64_t s = begin; s < end; ++s) {
      at::Tensor target = product[s];
      at::mm_out(target, a[s], b[s]);
    }
  });
  return product;
}

}  // namespace ganface::nn
