// SPDX-License-Identifier: MIT
// Owns output that is not complete yet: hidden, and gone when the command fails.
#include "unfinished_file.h"

#include <fcntl.h>
#include <ganface/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>
#include <utility>
#include <vector>

#include "process_end.h"
#include "unfinished_paths.h"

namespace ganface::cli {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const fs::path& target, const std::string& why) {
  return Error(ErrorCode::kOutput, "cannot write '" + target.string() + "': " + why);
}

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

void check_folder(const fs::path& folder, const fs::path& target) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw cannot_write(target, "folder '" + folder.string() + "' does not exist; create it first");
}

// The data must be on the disk before the name is, or a power cut leaves an empty file.
void write_through(const fs::path& path, const fs::path& target) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool written = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written) throw cannot_write(target, std::strerror(error));
}

void rename_over(const fs::path& path, const fs::path& target) {
  std::error_code error;
  fs::rename(path, target, error);
  if (error) throw cannot_write(target, error.message());
}

}  // namespace

UnfinishedFile::UnfinishedFile(const fs::path& target) : target_(link_end(target)) {
  check_folder(folder_of(target_), target_);
  const std::lock_guard lock(unfinished_paths().mutex());
  unfinished_ = Unfinished::file(target_);
  unfinished_paths().begin(path());
}

UnfinishedFile::~UnfinishedFile() {
  const std::lock_guard lock(unfinished_paths().mutex());
  unfinished_paths().remove(path());
}

void UnfinishedFile::commit() {
  write_through(path(), target_);
  const std::lock_guard lock(unfinished_paths().mutex());
  rename_over(path(), target_);
  unfinished_paths().end(path());
}

UnfinishedFolder::UnfinishedFolder(fs::path target) : target_(std::move(target)) {
  check_folder(target_, target_);
  const std::lock_guard lock(unfinished_paths().mutex());
  unfinished_ = Unfinished::folder(target_);
  unfinished_paths().begin(path());
}

UnfinishedFolder::~UnfinishedFolder() {
  const std::lock_guard lock(unfinished_paths().mutex());
  unfinished_paths().remove(path());
}

void UnfinishedFolder::commit() {
  for (const fs::directory_entry& entry : fs::directory_iterator(path()))
    write_through(entry.path(), target_ / entry.path().filename());
  const std::lock_guard lock(unfinished_paths().mutex());
  for (const fs::directory_entry& entry : fs::directory_iterator(path())) {
    const fs::path target = link_end(target_ / entry.path().filename());
    std::error_code error;
    const fs::file_status there = fs::status(target, error);
    if (fs::is_regular_file(there)) fs::permissions(entry.path(), there.permissions(), error);
    rename_over(entry.path(), target);
  }
}

void copy_contents(const fs::path& from, const fs::path& to, const fs::path& target) {
  errno = 0;
  std::ifstream source(from, std::ios::binary);
  if (!source)
    throw Error(ErrorCode::kInput,
                "'" + from.string() + "' cannot be read: " + std::strerror(errno));
  std::ofstream copy(to, std::ios::binary | std::ios::trunc);
  std::vector<char> bytes(1 << 20);
  while (copy && source) {
    leave_if_interrupted();
    source.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    copy.write(bytes.data(), source.gcount());
  }
  if (source.bad())
    throw Error(ErrorCode::kInput,
                "'" + from.string() + "' cannot be read: " + std::strerror(errno));
  copy.close();
  if (copy.fail()) throw cannot_write(target, std::strerror(errno));
}

}  // namespace ganface::cli
