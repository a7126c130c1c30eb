// SPDX-License-Identifier: MIT
// Owns the arithmetic on one tile of a minimal-filtering (Winograd) form, for a strip of channels.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <cstring>

#include "nn/runtime/simd.h"

namespace ganface::nn::winograd::strips {

// Channels are worked on in strips that stay in the first-level cache.
constexpr int kStrip = 32;

// Moves a strip of channels between memory, in float32 or bfloat16, and the float32 of the sums.
GANFACE_INLINED void load(float* strip, const float* from, size_t count) {
  std::memcpy(strip, from, count * sizeof(float));
}

GANFACE_INLINED void store(float* to, const float* strip, size_t count) {
  std::memcpy(to, strip, count * sizeof(float));
}

GANFACE_INLINED void load(float* strip, const at::BFloat16* from, size_t count) {
  for (size_t c = 0; c < count; ++c) {
    const uint32_t bits = static_cast<uint32_t>(from[c].x) << 16;
    std::memcpy(strip + c, &bits, sizeof bits);
  }
}

// Rounds to nearest, ties to even, as at::BFloat16 does, in a form that vectorises.
GANFACE_INLINED void store(at::BFloat16* to, const float* strip, size_t count) {
  for (size_t c = 0; c < count; ++c) {
    uint32_t bits;
    std::memcpy(&bits, strip + c, sizeof bits);
    const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
    to[c].x = static_cast<uint16_t>(is_nan ? 0x7fc0u : rounded);
  }
}

template <int Rows, int Columns>
using Matrix = float[Rows][Columns];

template <int Side, int Strip = kStrip>
using Block = float[Side][Side][Strip];

// out = L in L^T, or L^T in L when Transposed, for every channel of a strip.
template <bool Transposed, int In, int Out, int Rows, int Columns, int Strip>
GANFACE_INLINED void sandwich(const Matrix<Rows, Columns>& left, const Block<In, Strip>& in,
                              Block<Out, Strip>& out) {
  static_assert(Strip % kSimdWidth == 0);
  const auto coefficient = [&left](int o, int i) { return Transposed ? left[i][o] : left[o][i]; };
  for (int c = 0; c < Strip; c += kSimdWidth) {
    SimdVector half[Out][In];
#pragma GCC unroll 8
    for (int column = 0; column < In; ++column) {
      SimdVector values[In];
#pragma GCC unroll 8
      for (int i = 0; i < In; ++i)
        values[i] = *reinterpret_cast<const SimdVectorInMemory*>(in[i][column] + c);
#pragma GCC unroll 8
      for (int o = 0; o < Out; ++o) {
        SimdVector sum = {};
#pragma GCC unroll 8
        for (int i = 0; i < In; ++i)
          if (coefficient(o, i) != 0) sum += coefficient(o, i) * values[i];
        half[o][column] = sum;
      }
    }
#pragma GCC unroll 8
    for (int row = 0; row < Out; ++row)
#pragma GCC unroll 8
      for (int o = 0; o < Out; ++o) {
        SimdVector sum = {};
#pragma GCC unroll 8
        for (int i = 0; i < In; ++i)
          if (coefficient(o, i) != 0) sum += coefficient(o, i) * half[row][i];
        *reinterpret_cast<SimdVectorInMemory*>(out[row][o] + c) = sum;
      }
  }
}

}  // namespace ganface::nn::winograd::strips
