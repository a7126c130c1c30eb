// SPDX-License-Identifier: MIT
// Owns the rule that no half-written file is ever seen under its final name.
#include "core/atomic_file.h"

#include <fcntl.h>
#include <ganface/error.h>
#include <ganface/output_file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace ganface::core {

namespace fs = std::filesystem;

void write_atomically(const fs::path& named, const std::function<void(const fs::path&)>& write) {
  const fs::path file = link_end(named);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(ErrorCode::kOutput, "cannot write '" + file.string() + "': folder '" +
                                        folder.string() + "' does not exist; create it first");
  const Unfinished unfinished = Unfinished::file(file);
  const fs::path& temporary = unfinished.path();
  try {
    write(temporary);
    // The data must be on the disk before the name is, or a power cut leaves an empty file.
    const int descriptor = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
    // EINVAL: a file system that cannot tell.
    const bool kept = descriptor >= 0 && (::fsync(descriptor) == 0 || errno == EINVAL);
    const int cause = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!kept)
      throw Error(ErrorCode::kOutput,
                  "cannot write '" + file.string() + "': " + std::strerror(cause));
    fs::rename(temporary, file, error);
    if (error)
      throw Error(ErrorCode::kOutput, "cannot write '" + file.string() + "': " + error.message());
  } catch (...) {
    fs::remove(temporary, error);
    throw;
  }
}

}  // namespace ganface::core
