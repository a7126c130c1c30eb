// SPDX-License-Identifier: MIT
// Owns how a file comes to be beside the one that it is to replace.
#pragma once

#include <filesystem>

namespace ganface {

/// The file that is written when `target` is named: what a link, or a chain of them, ends at, be
/// it there or not; `target` itself when it is no link. Throws Error(kOutput) for links that go
/// round, and for a pipe, a device or a socket, which no file can replace.
std::filesystem::path link_end(const std::filesystem::path& target);

/// Makes an empty file in the folder of `target`: hidden, with its extension, under a name that
/// cannot be guessed and that no file had. Its mode, and its owner as far as that is allowed, are
/// those of `target` where that exists, else those of any new file. Throws Error(kOutput).
std::filesystem::path make_unfinished(const std::filesystem::path& target);

/// The hidden name of something that is to become `target`, in its folder: ".STEM.RANDOM.EXT",
/// short enough for a file system that has names of 255 bytes.
std::filesystem::path unfinished_name(const std::filesystem::path& target);

}  // namespace ganface
