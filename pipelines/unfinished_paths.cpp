// SPDX-License-Identifier: MIT
// Owns the list of what is unfinished in the process.
#include "unfinished_paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>

namespace ganface::cli {
namespace {

namespace fs = std::filesystem;

// The paths once more, for the handler of a signal, which may take neither locks nor memory. The
// names are those in the list; what finds no place stays behind when the process is ended.
std::array<std::atomic<const char*>, 512> names;

// opendir() takes memory.
void remove_folder_at_once(const char* name) {
  const int folder = ::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  alignas(dirent64) static char entries[1 << 16];
  for (long size; (size = ::syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0;)
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
      ::unlinkat(folder, entry->d_name, 0);
      at += entry->d_reclen;
    }
  ::close(folder);
  ::rmdir(name);
}

void remove_from_disk(const fs::path& path) {
  std::error_code error;
  // Under another name first: a sink that is still running makes no file in it then.
  const fs::path doomed = path.string() + ".removed";
  fs::rename(path, doomed, error);
  fs::remove_all(error ? path : doomed, error);
}

}  // namespace

void UnfinishedPaths::begin(const fs::path& path) {
  const char* name = nullptr;
  try {
    name = paths_.insert(path).first->c_str();
  } catch (...) {
    ::remove(path.c_str());
    throw;
  }
  for (std::atomic<const char*>& place : names) {
    const char* nothing = nullptr;
    if (place.compare_exchange_strong(nothing, name)) return;
  }
}

bool UnfinishedPaths::end(const fs::path& path) {
  const auto found = paths_.find(path);
  if (found == paths_.end()) return false;
  for (std::atomic<const char*>& place : names)
    if (place == found->c_str()) place = nullptr;
  paths_.erase(found);
  return true;
}

void UnfinishedPaths::remove(const fs::path& path) {
  if (end(path)) remove_from_disk(path);
}

void UnfinishedPaths::remove_all_for_good() {
  mutex_.lock();
  for (const fs::path& path : paths_) remove_from_disk(path);
}

void UnfinishedPaths::remove_all_at_once() {
  for (const std::atomic<const char*>& place : names) {
    const char* name = place;
    if (name != nullptr && ::unlink(name) != 0 && errno == EISDIR) remove_folder_at_once(name);
  }
}

UnfinishedPaths& unfinished_paths() {
  static UnfinishedPaths& paths = *new UnfinishedPaths;
  return paths;
}

}  // namespace ganface::cli
