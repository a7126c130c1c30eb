// SPDX-License-Identifier: MIT
// Owns the first directory of a TIFF file, which EXIF data are too.
#include "image/tiff_directory.h"

#include <utility>

namespace ganface::core {
namespace {

constexpr uint32_t kByte = 1, kShort = 3, kLong = 4, kUndefined = 7;

}  // namespace

TiffDirectory::TiffDirectory(Read read) : read_(std::move(read)) {
  const Bytes head = read_(0, 8);
  if (head.size() < 8) return;
  big_endian_ = head[0] == 'M';
  if (head[0] != head[1] || (head[0] != 'I' && head[0] != 'M') || value(head, 2, 2) != 42) return;
  const uint64_t offset = value(head, 4, 4);
  const Bytes size = read_(offset, 2);
  if (size.size() < 2) return;
  const size_t count = value(size, 0, 2);
  const Bytes table = read_(offset + 2, count * kEntryBytes + 4);
  for (size_t i = 0; (i + 1) * kEntryBytes <= table.size() && i < count; ++i) {
    const auto entry = table.begin() + static_cast<ptrdiff_t>(i * kEntryBytes);
    entries_.emplace(static_cast<int>(value(table, i * kEntryBytes, 2)),
                     Bytes(entry, entry + kEntryBytes));
  }
  if (table.size() == count * kEntryBytes + 4) next_ = value(table, count * kEntryBytes, 4);
  valid_ = true;
}

uint32_t TiffDirectory::value(const Bytes& bytes, size_t at, size_t count) const {
  uint32_t number = 0;
  for (size_t i = 0; i < count; ++i)
    number = number << 8 | bytes[at + (big_endian_ ? i : count - 1 - i)];
  return number;
}

std::optional<uint32_t> TiffDirectory::number(int tag) const {
  const auto found = entries_.find(tag);
  if (found == entries_.end()) return std::nullopt;
  const Bytes& entry = found->second;
  const uint32_t type = value(entry, 2, 2);
  if (value(entry, 4, 4) != 1 || (type != kShort && type != kLong)) return std::nullopt;
  return value(entry, 8, type == kShort ? 2 : 4);
}

TiffDirectory::Bytes TiffDirectory::bytes(int tag, size_t most) const {
  const auto found = entries_.find(tag);
  if (found == entries_.end()) return {};
  const Bytes& entry = found->second;
  const uint32_t type = value(entry, 2, 2), count = value(entry, 4, 4);
  // Four bytes and fewer stand in the entry itself; nothing that is asked for is that short.
  if ((type != kByte && type != kUndefined) || count <= 4 || count > most) return {};
  Bytes content = read_(value(entry, 8, 4), count);
  return content.size() == count ? content : Bytes();
}

}  // namespace ganface::core
