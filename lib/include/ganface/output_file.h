// SPDX-License-Identifier: MIT
// Owns how a file comes to be beside the one that it is to replace.
#pragma once

#include <ganface/api.h>

#include <filesystem>

namespace ganface {

/// The file that is written when `target` is named: what a link, or a chain of them, ends at, be
/// it there or not; `target` itself when it is no link. Throws Error(kOutput) for links that go
/// round, and for a pipe, a device or a socket, which no file can replace.
GANFACE_API std::filesystem::path link_end(const std::filesystem::path& target);

/// The hidden name of what is not complete yet, beside what it is to become. It cannot be guessed,
/// nothing had it before, and it is locked (flock) for as long as this object lives: that is how
/// other processes know it from what a killed one left behind. The first one that a process makes
/// in a folder removes what was left there. Whoever makes one removes or renames what it names.
class GANFACE_API Unfinished {
 public:
  /// Makes an empty file in the folder of `target`: ".STEM.ganface-RANDOM.EXT", short enough for a
  /// file system that has names of 255 bytes. Its mode, and its owner as far as that is allowed,
  /// are those of `target` where that exists, else those of any new file. Throws Error(kOutput).
  static Unfinished file(const std::filesystem::path& target);
  /// Makes an empty folder in `parent`, ".ganface-RANDOM", that nobody else may read. Throws
  /// Error(kOutput).
  static Unfinished folder(const std::filesystem::path& parent);

  Unfinished(Unfinished&& other) noexcept;
  Unfinished& operator=(Unfinished&& other) noexcept;
  ~Unfinished();

  const std::filesystem::path& path() const { return path_; }

 private:
  Unfinished(std::filesystem::path path, int lock);

  std::filesystem::path path_;
  int lock_;  // its open file
};

/// Removes what a killed process left unfinished in a folder; what another one still works on
/// stays. Links are not followed. What cannot be removed is let be.
GANFACE_API void remove_left_behind(const std::filesystem::path& folder);

}  // namespace ganface
