// SPDX-License-Identifier: MIT
// Owns chains of elements that are started and stopped again and again.
#pragma once

#include <cstdint>

#include "checks.h"

namespace ganface::soak {

/// Takes each of several chains of elements from NULL to PLAYING and back `cycles` times, stopping
/// at a random moment: at once, after some frames, or after the end.
void cycle_states(int cycles, uint64_t seed, Checks& checks);

}  // namespace ganface::soak
