// SPDX-License-Identifier: MIT
// Owns the rule that no half-written file is ever seen under its final name.
#pragma once

#include <filesystem>
#include <functional>

namespace ganface::core {

/// Calls write(temporary path in the target's folder), where an empty file of the right mode lies,
/// and renames the result to `file`, or to what that links to. When write throws, or the rename
/// fails, the temporary file is removed and `file` is as it was.
/// Throws Error(kOutput) when the folder cannot be written, and what `write` throws.
void write_atomically(const std::filesystem::path& file,
                      const std::function<void(const std::filesystem::path&)>& write);

}  // namespace ganface::core
