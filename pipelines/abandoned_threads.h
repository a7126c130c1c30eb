// SPDX-License-Identifier: MIT
// Owns whether threads of the process were given up, which wait for ever.
#pragma once

#include <atomic>

namespace ganface::cli {

/// Set when a pipeline that cannot be stopped is left behind. Its threads may still go on, so that
/// the process has to end without freeing what they use.
inline std::atomic<bool> has_abandoned_threads{false};

}  // namespace ganface::cli
