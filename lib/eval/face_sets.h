// SPDX-License-Identifier: MIT
// Owns the sets of faces that are compared as wholes: generated, or from a folder.
#pragma once

#include <torch/types.h>

#include "models/networks.h"

namespace ganface::train {

/// `count` faces of a generator, drawn from `seed`: uint8 [N, S, S, 3] on the CPU.
at::Tensor generate_faces(nn::Generator generator, int64_t count, uint64_t seed,
                          const nn::Execution& execution);

/// Faces uint8 [N, S, S, 3] averaged down to 32 x 32 and laid out in rows: [N, 3072] float32 in
/// [-1, 1].
at::Tensor small_rows(const at::Tensor& faces);

}  // namespace ganface::train
