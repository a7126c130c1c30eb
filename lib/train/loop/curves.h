// SPDX-License-Identifier: MIT
// Owns the picture of a training log.
#pragma once

#include <filesystem>
#include <string>

namespace ganface::train {

/// Draws V, the JS estimate, the scores and, where there is one, the encoder's loss of `log` (JSON
/// lines) over the epochs into `picture` (PNG), with gnuplot. Returns an empty string, or a
/// sentence that says why nothing was drawn.
std::string draw_curves(const std::filesystem::path& log, const std::filesystem::path& picture);

}  // namespace ganface::train
