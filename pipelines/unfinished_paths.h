// SPDX-License-Identifier: MIT
// Owns the list of what is unfinished in the process.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>

namespace ganface::cli {

/// The files and folders in the making. All but the removals are called under mutex().
class UnfinishedPaths {
 public:
  std::mutex& mutex() { return mutex_; }

  /// Notes a path that has just been made; what cannot be noted is removed.
  void begin(const std::filesystem::path& path);
  /// Whether it was there, until now.
  bool end(const std::filesystem::path& path);
  /// Removes it from the disk if it is still unfinished.
  void remove(const std::filesystem::path& path);

  /// Removes everything from the disk and keeps the lock: no other thread begins or completes a
  /// file any more.
  void remove_all_for_good();
  /// The same for the handler of a signal, without locks and memory. Of more than 512 paths, and of
  /// folders within folders, some stay.
  void remove_all_at_once();

 private:
  std::mutex mutex_;
  std::set<std::filesystem::path> paths_;
};

/// Those of this process, there as long as any thread is.
UnfinishedPaths& unfinished_paths();

}  // namespace ganface::cli
