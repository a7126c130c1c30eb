// SPDX-License-Identifier: MIT
// Owns output that is not complete yet: hidden, and gone when the command fails.
#pragma once

#include <ganface/output_file.h>

#include <filesystem>
#include <optional>

namespace ganface::cli {

/// A file in the making, under a hidden name beside the one that it will have. It has the mode of
/// the file that it is to replace, and where the target is a link it will be what that leads to.
/// Removed on destruction unless commit() has renamed it.
class UnfinishedFile {
 public:
  /// Throws Error(kOutput) naming `target` when its folder does not exist or cannot be written, and
  /// for what is no file, as a device.
  explicit UnfinishedFile(const std::filesystem::path& target);
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  const std::filesystem::path& path() const { return unfinished_->path(); }
  /// Gives the file its name; what had it before is replaced. Throws Error(kOutput).
  void commit();

 private:
  const std::filesystem::path target_;
  std::optional<Unfinished> unfinished_;  // from the constructor on
};

/// A hidden folder of files in the making, beside which they will stand.
class UnfinishedFolder {
 public:
  /// Throws Error(kOutput) naming `target` when it does not exist or cannot be written.
  explicit UnfinishedFolder(std::filesystem::path target);
  ~UnfinishedFolder();
  UnfinishedFolder(const UnfinishedFolder&) = delete;
  UnfinishedFolder& operator=(const UnfinishedFolder&) = delete;

  const std::filesystem::path& path() const { return unfinished_->path(); }
  /// Moves every file to the target folder. Throws Error(kOutput).
  void commit();

 private:
  const std::filesystem::path target_;
  std::optional<Unfinished> unfinished_;  // from the constructor on
};

/// Makes `to`, which exists, have the bytes of `from`; it keeps its own mode. Throws Error(kInput),
/// and Error(kOutput) naming `target`, which `to` is to become.
void copy_contents(const std::filesystem::path& from, const std::filesystem::path& to,
                   const std::filesystem::path& target);

}  // namespace ganface::cli
