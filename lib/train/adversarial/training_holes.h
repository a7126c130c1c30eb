// SPDX-License-Identifier: MIT
// Owns the holes that encoders are trained on.
#pragma once

#include <torch/types.h>

#include "train/loop/random_source.h"

namespace ganface::train {

/// Holes of every kind that a repair may meet, drawn per image: [count, 1, size, size], 1 =
/// missing, on the CPU.
at::Tensor draw_holes(int64_t count, int size, RandomSource& random);

}  // namespace ganface::train
