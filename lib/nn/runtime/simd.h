// SPDX-License-Identifier: MIT
// Owns the vectors of numbers that loops on float32 work with.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

// Inlined always, so that it takes on the instructions of the function that calls it.
#define GANFACE_INLINED inline __attribute__((always_inline))

namespace ganface::nn {

/// As many numbers as a register of AVX2 holds. The compiler makes of it what a function's
/// instructions offer: on other processors several registers.
constexpr int kSimdWidth = 8;
typedef float SimdVector __attribute__((vector_size(kSimdWidth * sizeof(float))));

/// The same anywhere in an array of floats.
typedef float SimdVectorInMemory
    __attribute__((vector_size(kSimdWidth * sizeof(float)), aligned(sizeof(float)), may_alias));

GANFACE_INLINED void copy_simd(float* to, const float* from) {
  *reinterpret_cast<SimdVectorInMemory*>(to) = *reinterpret_cast<const SimdVectorInMemory*>(from);
}

/// The same of bfloat16, to and from float32; rounds to nearest, ties away from zero.
typedef uint32_t SimdVectorBits
    __attribute__((vector_size(kSimdWidth * sizeof(uint32_t)), may_alias));
typedef uint16_t HalfSimdVector __attribute__((vector_size(kSimdWidth * sizeof(uint16_t)),
                                               aligned(sizeof(uint16_t)), may_alias));

GANFACE_INLINED void copy_simd(float* to, const at::BFloat16* from) {
  const SimdVectorBits bits =
      __builtin_convertvector(*reinterpret_cast<const HalfSimdVector*>(from), SimdVectorBits) << 16;
  *reinterpret_cast<SimdVectorInMemory*>(to) = reinterpret_cast<SimdVector>(bits);
}

GANFACE_INLINED void copy_simd(at::BFloat16* to, const float* from) {
  const SimdVector lanes = *reinterpret_cast<const SimdVectorInMemory*>(from);
  const SimdVectorBits bits = reinterpret_cast<SimdVectorBits>(lanes) + 0x8000u;
  *reinterpret_cast<HalfSimdVector*>(to) = __builtin_convertvector(bits >> 16, HalfSimdVector);
}

#if defined(__x86_64__)
/// The instructions with which a function works on all lanes at once, and whether this processor
/// has them.
#define GANFACE_ALL_SIMD __attribute__((target("avx2,fma")))
inline bool has_all_simd() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

/// The same instructions of functions that multiply bfloat16, with twice the numbers in a register;
/// for where has_bfloat16_lanes() (gan/device.h).
#define GANFACE_BFLOAT16_LANES \
  __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#endif

}  // namespace ganface::nn
