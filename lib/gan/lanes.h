// SPDX-License-Identifier: MIT
// Owns the vectors of numbers that loops on float32 work with.
#pragma once

// Inlined always, so that it takes on the instructions of the function that calls it.
#define GANFACE_INLINED inline __attribute__((always_inline))

namespace ganface::gan {

/// As many numbers as a register of AVX2 holds. The compiler makes of it what a function's
/// instructions offer: on other processors several registers.
constexpr int kLanes = 8;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float))));

/// The same anywhere in an array of floats.
typedef float LanesInMemory
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));

GANFACE_INLINED void copy_lanes(float* to, const float* from) {
  *reinterpret_cast<LanesInMemory*>(to) = *reinterpret_cast<const LanesInMemory*>(from);
}

#if defined(__x86_64__)
/// The instructions with which a function works on all lanes at once, and whether this processor
/// has them.
#define GANFACE_ALL_LANES __attribute__((target("avx2,fma")))
inline bool has_all_lanes() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

}  // namespace ganface::gan
