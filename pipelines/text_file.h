// SPDX-License-Identifier: MIT
// Owns the writing of small text files, whole or not at all.
#pragma once

#include <string>

namespace ganface::cli {

/// Writes `text` and a line break through a temporary file. Throws Error(kOutput) naming the file.
void write_text(const std::string& file, const std::string& text);

}  // namespace ganface::cli
