// SPDX-License-Identifier: MIT
// Owns what a target says when the product broke a promise without a crash.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace ganface::fuzz {

/// Ends the process, which libFuzzer takes for a finding, unless the promise was kept.
inline void expect(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace ganface::fuzz
