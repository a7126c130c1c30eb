// SPDX-License-Identifier: MIT
// Owns the first directory of a TIFF file, which EXIF data are too.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace ganface::core {

/// What stands in the first directory. What is damaged or cut off counts as not there.
/// Source: TIFF 6.0, Adobe 1992, section 2.
class TiffDirectory {
 public:
  using Bytes = std::vector<uint8_t>;
  /// As many bytes at an offset as there are, up to a number.
  using Read = std::function<Bytes(uint64_t offset, size_t count)>;

  static constexpr int kWidth = 256, kHeight = 257, kOrientation = 274, kProfile = 34675;
  static constexpr size_t kEntryBytes = 12;

  explicit TiffDirectory(Read read);

  /// The one number of a tag of type SHORT or LONG.
  std::optional<uint32_t> number(int tag) const;
  /// The bytes of a tag of type BYTE or UNDEFINED; none when they are more than `most`.
  Bytes bytes(int tag, size_t most) const;

  /// Whether the head was one of a TIFF file.
  bool is_valid() const { return valid_; }
  bool is_big_endian() const { return big_endian_; }
  /// The entries as they stand, by their tags, and the offset of the next directory.
  const std::map<int, Bytes>& entries() const { return entries_; }
  uint32_t next() const { return next_; }

 private:
  uint32_t value(const Bytes& bytes, size_t at, size_t count) const;

  Read read_;
  bool valid_ = false, big_endian_ = false;
  std::map<int, Bytes> entries_;
  uint32_t next_ = 0;
};

}  // namespace ganface::core
