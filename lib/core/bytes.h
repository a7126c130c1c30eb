// SPDX-License-Identifier: MIT
// Owns how numbers and marks are read out of the bytes of a file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace ganface::core {

using Bytes = std::vector<uint8_t>;

/// The number of `count` bytes (at most 4) at a place that the bytes hold, the highest one first.
inline uint32_t big_endian(const Bytes& bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + i];
  return value;
}

/// The same, the lowest one first.
inline uint32_t little_endian(const Bytes& bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

/// Whether this text stands at a place, which may lie beyond the end.
inline bool is_at(const Bytes& bytes, size_t at, const std::string& text) {
  return bytes.size() >= at + text.size() &&
         std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

/// As many bytes at an offset as there are, up to `count`.
inline Bytes part_of(const Bytes& bytes, uint64_t offset, size_t count) {
  if (offset >= bytes.size()) return {};
  const auto begin = bytes.begin() + static_cast<ptrdiff_t>(offset);
  return {begin, begin + static_cast<ptrdiff_t>(std::min<uint64_t>(count, bytes.size() - offset))};
}

}  // namespace ganface::core
