// SPDX-License-Identifier: MIT
// Owns how a picture keeps its colours from one file to the next.
#pragma once

#include <filesystem>
#include <string>

namespace ganface::cli {

/// Gives the picture in `written` the colour profile of `input`, from which it was made. What the
/// user should know: that a profile is left out, and why; empty when nothing is lost.
/// Throws Error(kOutput).
std::string keep_colours(const std::string& input, const std::filesystem::path& written);

}  // namespace ganface::cli
