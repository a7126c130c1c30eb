// SPDX-License-Identifier: MIT
// Owns the measurement of what fine detail a completion model leaves out.
#pragma once

#include <filesystem>
#include <vector>

#include "models/completion_network.h"

namespace ganface::train {

/// The filter that brings what a model paints into the middle of faces, seen twice and without a
/// reference, to the spectrum of these photographs. Throws Error(kInput).
nn::Sharpening fit_sharpening(nn::CompletionModel& model, const nn::Execution& execution,
                              const std::vector<std::filesystem::path>& photographs);

}  // namespace ganface::train
