// SPDX-License-Identifier: MIT
// Owns the writing of a colour profile into an image file.
#include <ganface/error.h>
#include <ganface/image_marks.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "core/bytes.h"
#include "image/tiff_directory.h"

namespace ganface {
namespace {

using core::big_endian;
using core::Bytes;
using core::is_at;
using core::little_endian;

void append(Bytes& bytes, const std::string& text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void append(Bytes& bytes, const Bytes& from, size_t begin, size_t end) {
  bytes.insert(bytes.end(), from.begin() + static_cast<ptrdiff_t>(begin),
               from.begin() + static_cast<ptrdiff_t>(end));
}

void append_number(Bytes& bytes, uint32_t value, size_t count, bool highest_first) {
  for (size_t i = 0; i < count; ++i)
    bytes.push_back(static_cast<uint8_t>(value >> (8 * (highest_first ? count - 1 - i : i))));
}

// ICC.1:2022, B.4: in APP2 segments, each with its number and how many there are.
Bytes jpeg_with(const Bytes& file, const Bytes& profile) {
  constexpr size_t kMostInSegment = 65519;
  const size_t count = (profile.size() + kMostInSegment - 1) / kMostInSegment;
  if (count > 255) return {};
  const std::string mark("ICC_PROFILE\0", 12);
  Bytes out{0xff, 0xd8};
  size_t at = 2;
  const auto next_is = [&](uint8_t marker) {
    return at + 4 <= file.size() && file[at] == 0xff && file[at + 1] == marker &&
           big_endian(file, at + 2, 2) >= 2 && at + 2 + big_endian(file, at + 2, 2) <= file.size();
  };
  // JFIF and EXIF are to stand first.
  while (next_is(0xe0) || next_is(0xe1)) {
    const size_t end = at + 2 + big_endian(file, at + 2, 2);
    append(out, file, at, end);
    at = end;
  }
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = i * kMostInSegment, end = std::min(profile.size(), begin + kMostInSegment);
    append(out, Bytes{0xff, 0xe2});
    append_number(out, static_cast<uint32_t>(end - begin + 16), 2, true);
    append(out, mark);
    append(out, Bytes{static_cast<uint8_t>(i + 1), static_cast<uint8_t>(count)});
    append(out, profile, begin, end);
  }
  // What other profile there was goes, wherever it stood before the pixels, and also one that is
  // cut.
  while (at + 4 <= file.size() && file[at] == 0xff && file[at + 1] != 0xda &&
         file[at + 1] != 0xd9) {
    const bool is_filling = file[at + 1] == 0xff;
    const size_t end =
        is_filling ? at + 1 : std::min(at + 2 + big_endian(file, at + 2, 2), file.size());
    if (end < at + 4 && !is_filling) break;
    if (file[at + 1] != 0xe2 || !is_at(file, at + 4, mark)) append(out, file, at, end);
    at = end;
  }
  append(out, file, at, file.size());
  return out;
}

void append_chunk(Bytes& out, const std::string& name, const Bytes& content) {
  append_number(out, static_cast<uint32_t>(content.size()), 4, true);
  const size_t begin = out.size();
  append(out, name);
  append(out, content);
  append_number(
      out,
      static_cast<uint32_t>(crc32(0, out.data() + begin, static_cast<uInt>(out.size() - begin))), 4,
      true);
}

// PNG, third edition, 11.3.2.3: before the pixels, and in place of what else tells of colours.
Bytes png_with(const Bytes& file, const Bytes& profile) {
  constexpr size_t kHeader = 33;  // with the signature
  Bytes packed(compressBound(static_cast<uLong>(profile.size())));
  auto length = static_cast<uLongf>(packed.size());
  if (compress(packed.data(), &length, profile.data(), static_cast<uLong>(profile.size())) != Z_OK)
    return {};
  packed.resize(length);
  Bytes chunk;
  append(chunk, std::string("ICC profile\0\0", 13));
  append(chunk, packed);
  if (file.size() < kHeader || !is_at(file, 12, "IHDR")) return {};
  Bytes out(file.begin(), file.begin() + 8);
  for (size_t at = 8; at + 12 <= file.size();) {
    const size_t end = at + 12 + size_t{big_endian(file, at, 4)};
    if (end > file.size()) return {};
    const bool told = is_at(file, at + 4, "iCCP") || is_at(file, at + 4, "sRGB") ||
                      is_at(file, at + 4, "gAMA") || is_at(file, at + 4, "cHRM");
    if (!told) append(out, file, at, end);
    if (at == 8) append_chunk(out, "iCCP", chunk);
    at = end;
  }
  return out;
}

void append_riff(Bytes& out, const std::string& name, const Bytes& content) {
  append(out, name);
  append_number(out, static_cast<uint32_t>(content.size()), 4, false);
  append(out, content);
  if (content.size() % 2 != 0) out.push_back(0);
}

// WebP Container Specification: the extended form, whose first chunk says that there is a profile.
Bytes webp_with(const Bytes& file, const Bytes& profile) {
  uint32_t width = 0, height = 0;
  bool alpha = false;
  Bytes rest;
  for (size_t at = 12; at + 8 <= file.size();) {
    const size_t length = little_endian(file, at + 4, 4), content = at + 8;
    const size_t end = content + length + length % 2;
    if (content + length > file.size()) return {};
    if (is_at(file, at, "VP8 ") && length >= 10) {
      width = little_endian(file, content + 6, 2) & 0x3fff;
      height = little_endian(file, content + 8, 2) & 0x3fff;
    } else if (is_at(file, at, "VP8L") && length >= 5) {
      const uint32_t bits = little_endian(file, content + 1, 4);
      width = (bits & 0x3fff) + 1;
      height = (bits >> 14 & 0x3fff) + 1;
      alpha |= (bits >> 28 & 1) != 0;
    } else if (is_at(file, at, "ALPH")) {
      alpha = true;
    }
    if (!is_at(file, at, "VP8X") && !is_at(file, at, "ICCP"))
      append(rest, file, at, std::min(end, file.size()));
    at = end;
  }
  if (width == 0 || height == 0) return {};
  Bytes extended{static_cast<uint8_t>(0x20 | (alpha ? 0x10 : 0)), 0, 0, 0};
  append_number(extended, width - 1, 3, false);
  append_number(extended, height - 1, 3, false);
  Bytes body;
  append(body, std::string("WEBP"));
  append_riff(body, "VP8X", extended);
  append_riff(body, "ICCP", profile);
  append(body, rest);
  Bytes out;
  append_riff(out, "RIFF", body);
  return out;
}

// The profile at the end of the file, and behind it a directory that names it.
Bytes tiff_with(const Bytes& file, const Bytes& profile) {
  const core::TiffDirectory directory(
      [&file](uint64_t offset, size_t count) { return core::part_of(file, offset, count); });
  if (!directory.is_valid()) return {};
  const bool highest_first = directory.is_big_endian();
  Bytes out = file;
  if (out.size() % 2 != 0) out.push_back(0);
  Bytes entry;
  append_number(entry, core::TiffDirectory::kProfile, 2, highest_first);
  append_number(entry, 7, 2, highest_first);
  append_number(entry, static_cast<uint32_t>(profile.size()), 4, highest_first);
  append_number(entry, static_cast<uint32_t>(out.size()), 4, highest_first);
  append(out, profile);
  if (out.size() % 2 != 0) out.push_back(0);
  std::map<int, Bytes> entries = directory.entries();
  entries[core::TiffDirectory::kProfile] = entry;
  Bytes offset;
  append_number(offset, static_cast<uint32_t>(out.size()), 4, highest_first);
  append_number(out, static_cast<uint32_t>(entries.size()), 2, highest_first);
  for (const auto& [tag, bytes] : entries) append(out, bytes);
  append_number(out, directory.next(), 4, highest_first);
  std::copy(offset.begin(), offset.end(), out.begin() + 4);
  return out;
}

Bytes with_profile(const Bytes& file, const Bytes& profile, ImageMarks::Type type) {
  switch (type) {
    case ImageMarks::Type::kJpeg:
      return jpeg_with(file, profile);
    case ImageMarks::Type::kPng:
      return png_with(file, profile);
    case ImageMarks::Type::kWebp:
      return webp_with(file, profile);
    case ImageMarks::Type::kTiff:
      return tiff_with(file, profile);
    default:
      return {};
  }
}

}  // namespace

bool add_colour_profile(const std::filesystem::path& path, const std::vector<uint8_t>& profile) {
  const ImageMarks::Type type = read_image_marks(path).type;
  std::ifstream source(path, std::ios::binary);
  const Bytes file{std::istreambuf_iterator<char>(source), {}};
  source.close();
  if (file.size() < 12 || profile.empty()) return false;
  const Bytes out = with_profile(file, profile, type);
  if (out.empty()) return false;
  std::ofstream target(path, std::ios::binary | std::ios::trunc);
  target.write(reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size()));
  target.close();
  if (!target)
    throw Error(ErrorCode::kOutput,
                "cannot write '" + path.string() + "': " + std::strerror(errno));
  return true;
}

}  // namespace ganface
