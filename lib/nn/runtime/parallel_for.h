// SPDX-License-Identifier: MIT
// Owns the way in which work on many faces or pictures is shared among threads.
#pragma once

#include <ATen/Parallel.h>

namespace ganface::nn {

/// Calls work(i) for each i from 0 to `count`, in as many threads as operators use. Autograd's
/// state is a thread's own: work that must be without gradients says so itself.
template <typename Work>
void parallel_for(int64_t count, Work work) {
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(i);
  });
}

}  // namespace ganface::nn
