// SPDX-License-Identifier: MIT
// Owns the vectors of numbers that loops on float32 work with.
#pragma once

namespace ganface::gan {

/// As many numbers as a register of AVX2 holds. The compiler makes of it what a function's
/// instructions offer: on other processors several registers.
constexpr int kLanes = 8;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float))));

/// The same anywhere in an array of floats.
typedef float LanesInMemory
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));

}  // namespace ganface::gan
