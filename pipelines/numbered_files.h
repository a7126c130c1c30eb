// SPDX-License-Identifier: MIT
// Owns names with a running number, like frame-%04d.png.
#pragma once

#include <optional>
#include <string>

namespace ganface::cli {

/// The numbers of files that exist, without gaps.
struct FileNumbers {
  int first = 0, count = 0;
};

/// Whether the file name holds one %d, %4d or %04d and no other %. Throws Error(kUsage) when it has
/// a % that is none.
bool is_numbered(const std::string& file);

/// The same of a file to read: one that has that very name is meant itself.
bool is_numbered_input(const std::string& file);

/// The numbers for which a file of this pattern exists. Throws Error(kInput) when there is none,
/// and naming the first gap when there is one.
FileNumbers existing_numbers(const std::string& pattern);

}  // namespace ganface::cli
