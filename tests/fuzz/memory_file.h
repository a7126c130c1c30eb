// SPDX-License-Identifier: MIT
// Owns files that are nowhere on a disk, for what reads files by their paths.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace ganface::fuzz {

/// A file in memory, as long as the object lives.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* bytes, size_t count) : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0) std::abort();
    while (count > 0) {
      const ssize_t written = write(descriptor_, bytes, count);
      if (written <= 0) std::abort();
      bytes += written;
      count -= static_cast<size_t>(written);
    }
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  const int descriptor_;
};

}  // namespace ganface::fuzz
