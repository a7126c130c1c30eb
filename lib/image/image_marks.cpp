// SPDX-License-Identifier: MIT
// Owns the reading of what an image file says of how its pixels are to be shown.
#include <ganface/error.h>
#include <ganface/image_marks.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

#include "core/bytes.h"
#include "image/tiff_directory.h"

namespace ganface {
namespace {

using core::big_endian;
using core::Bytes;
using core::is_at;
using core::little_endian;

constexpr size_t kMostProfileBytes = 16'000'000;
// Segments, chunks and blocks; the largest files of cameras have some hundred thousand. More would
// take minutes in a file that has nothing else.
constexpr int kMostParts = 1'000'000;

// A file, read where it is asked.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file)
      : file_(file), stream_(file, std::ios::binary) {}

  // As many bytes as there are, up to `count`; none when parts were read too often.
  Bytes at(uint64_t offset, size_t count) {
    if (++parts_ > kMostParts) return {};
    Bytes bytes(count);
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
    if (stream_.bad())
      throw Error(ErrorCode::kInput, "image '" + file_.string() + "' cannot be read");
    bytes.resize(static_cast<size_t>(std::max<std::streamsize>(0, stream_.gcount())));
    return bytes;
  }

 private:
  const std::filesystem::path file_;
  std::ifstream stream_;
  int parts_ = 0;
};

int valid_orientation(std::optional<uint32_t> value) {
  return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
}

// EXIF is a TIFF file in a file, in some after the word Exif.
int orientation_of_exif(Bytes exif) {
  if (is_at(exif, 0, std::string("Exif\0\0", 6))) exif.erase(exif.begin(), exif.begin() + 6);
  const core::TiffDirectory directory(
      [&exif](uint64_t offset, size_t count) { return core::part_of(exif, offset, count); });
  return valid_orientation(directory.number(core::TiffDirectory::kOrientation));
}

void read_jpeg(Reader& file, ImageMarks& marks) {
  std::map<int, Bytes> parts;  // of the profile, by their numbers
  const std::string profile_mark("ICC_PROFILE\0", 12);
  for (uint64_t at = 2;;) {
    const Bytes head = file.at(at, 4);
    if (head.size() < 4 || head[0] != 0xff) break;
    const int marker = head[1];
    if (marker == 0xff) {  // filling
      ++at;
      continue;
    }
    if (marker == 0xda || marker == 0xd9) break;  // the pixels, the end
    const size_t length = big_endian(head, 2, 2);
    if (length < 2) break;
    const bool is_frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame || marker == 0xe1 || marker == 0xe2 || marker == 0xee) {
      const Bytes segment = file.at(at + 4, length - 2);
      if (is_frame && segment.size() >= 6) {
        marks.height = big_endian(segment, 1, 2);
        marks.width = big_endian(segment, 3, 2);
        marks.components = segment[5];
      }
      if (marker == 0xe1 && is_at(segment, 0, std::string("Exif\0\0", 6)))
        marks.orientation = orientation_of_exif(segment);
      if (marker == 0xe2 && is_at(segment, 0, profile_mark) && segment.size() > 14)
        parts[segment[12]] = Bytes(segment.begin() + 14, segment.end());
      if (marker == 0xee && is_at(segment, 0, "Adobe")) marks.is_adobe = true;
    }
    at += 2 + length;
  }
  for (const auto& [number, part] : parts)
    marks.profile.insert(marks.profile.end(), part.begin(), part.end());
}

Bytes inflated(const Bytes& packed, size_t from) {
  Bytes bytes(std::min(kMostProfileBytes, (packed.size() - from) * 1032 + 64));
  auto length = static_cast<uLongf>(bytes.size());
  if (uncompress(bytes.data(), &length, packed.data() + from,
                 static_cast<uLong>(packed.size() - from)) != Z_OK)
    return {};
  bytes.resize(length);
  return bytes;
}

void read_png(Reader& file, ImageMarks& marks) {
  bool has_profile = false;  // one, whatever it is worth: each takes some time to unpack
  const Bytes header = file.at(16, 13);
  if (header.size() < 13) return;
  marks.width = big_endian(header, 0, 4);
  marks.height = big_endian(header, 4, 4);
  marks.bits_per_sample = header[8];
  for (uint64_t at = 8;;) {
    const Bytes head = file.at(at, 8);
    if (head.size() < 8 || is_at(head, 4, "IEND")) return;
    const uint32_t length = big_endian(head, 0, 4);
    if (length <= kMostProfileBytes && is_at(head, 4, "eXIf"))
      marks.orientation = orientation_of_exif(file.at(at + 8, length));
    if (length <= kMostProfileBytes && is_at(head, 4, "iCCP") && !has_profile) {
      has_profile = true;
      const Bytes chunk = file.at(at + 8, length);
      const auto end = std::find(chunk.begin(), chunk.end(), 0);  // of its name
      if (chunk.end() - end > 2)
        marks.profile = inflated(chunk, static_cast<size_t>(end - chunk.begin()) + 2);
    }
    at += 12 + uint64_t{length};
  }
}

void read_webp(Reader& file, ImageMarks& marks) {
  for (uint64_t at = 12;;) {
    const Bytes head = file.at(at, 18);
    if (head.size() < 8) return;
    const uint32_t length = little_endian(head, 4, 4);
    if (is_at(head, 0, "VP8X") && head.size() >= 18) {
      marks.has_animation = (head[8] & 2) != 0;
      marks.width = little_endian(head, 12, 3) + 1;
      marks.height = little_endian(head, 15, 3) + 1;
    }
    if (length <= kMostProfileBytes && is_at(head, 0, "EXIF"))
      marks.orientation = orientation_of_exif(file.at(at + 8, length));
    if (length <= kMostProfileBytes && is_at(head, 0, "ICCP"))
      marks.profile = file.at(at + 8, length);
    at += 8 + uint64_t{length} + length % 2;
  }
}

void read_tiff(Reader& file, ImageMarks& marks) {
  core::TiffDirectory directory(
      [&file](uint64_t offset, size_t count) { return file.at(offset, count); });
  marks.width = directory.number(core::TiffDirectory::kWidth).value_or(0);
  marks.height = directory.number(core::TiffDirectory::kHeight).value_or(0);
  marks.orientation = valid_orientation(directory.number(core::TiffDirectory::kOrientation));
  marks.has_more_pages = directory.next() != 0;
  marks.profile = directory.bytes(core::TiffDirectory::kProfile, kMostProfileBytes);
}

// The end of a row of blocks, each after its length.
uint64_t end_of_blocks(Reader& file, uint64_t at) {
  for (;;) {
    const Bytes length = file.at(at, 1);
    if (length.empty()) return at;
    at += 1 + uint64_t{length[0]};
    if (length[0] == 0) return at;
  }
}

void read_gif(Reader& file, ImageMarks& marks) {
  const Bytes header = file.at(0, 13);
  if (header.size() < 13) return;
  marks.width = little_endian(header, 6, 2);
  marks.height = little_endian(header, 8, 2);
  const auto table = [](uint8_t flags) {
    return (flags & 0x80) != 0 ? uint64_t{3} << ((flags & 7) + 1) : 0;
  };
  uint64_t at = 13 + table(header[10]);
  for (int pictures = 0; !marks.has_animation;) {
    const Bytes head = file.at(at, 10);
    if (head.size() < 10 || (head[0] != 0x21 && head[0] != 0x2c)) return;
    const bool is_picture = head[0] == 0x2c;
    marks.has_animation = is_picture && ++pictures > 1;
    at = end_of_blocks(file, is_picture ? at + 11 + table(head[9]) : at + 2);
  }
}

void read_bmp(Reader& file, ImageMarks& marks) {
  const Bytes header = file.at(0, 26);
  if (header.size() < 26 || little_endian(header, 14, 4) < 40) return;
  marks.width = std::abs(int64_t{static_cast<int32_t>(little_endian(header, 18, 4))});
  marks.height = std::abs(int64_t{static_cast<int32_t>(little_endian(header, 22, 4))});
}

}  // namespace

ImageMarks read_image_marks(const std::filesystem::path& path) {
  ImageMarks marks;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return marks;
  Reader file(path);
  const Bytes start = file.at(0, 16);
  const auto read = [&](ImageMarks::Type type, void (*reader)(Reader&, ImageMarks&)) {
    marks.type = type;
    reader(file, marks);
    if (marks.profile.size() > kMostProfileBytes) marks.profile.clear();
    return marks;
  };
  if (is_at(start, 0, "\xff\xd8\xff")) return read(ImageMarks::Type::kJpeg, read_jpeg);
  if (is_at(start, 0, "\x89PNG\r\n\x1a\n")) return read(ImageMarks::Type::kPng, read_png);
  if (is_at(start, 0, "RIFF") && is_at(start, 8, "WEBP"))
    return read(ImageMarks::Type::kWebp, read_webp);
  if (is_at(start, 0, std::string("II*\0", 4)) || is_at(start, 0, std::string("MM\0*", 4)))
    return read(ImageMarks::Type::kTiff, read_tiff);
  if (is_at(start, 0, "GIF8")) return read(ImageMarks::Type::kGif, read_gif);
  if (is_at(start, 0, "BM")) return read(ImageMarks::Type::kBmp, read_bmp);
  return marks;
}

std::string colour_space_of(const std::vector<uint8_t>& profile) {
  if (profile.size() < 128 || !is_at(profile, 36, "acsp")) return "";
  return {profile.begin() + 16, profile.begin() + 20};
}

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const int w = image.width, h = image.height, channels = image.channels;
  const bool sideways = orientation >= 5;
  Image turned(sideways ? h : w, sideways ? w : h, channels);
  for (int y = 0; y < turned.height; ++y)
    for (int x = 0; x < turned.width; ++x) {
      int column = sideways ? y : x, row = sideways ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        column = w - 1 - column;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        row = h - 1 - row;
      std::copy_n(image.row(row) + column * channels, channels, turned.row(y) + x * channels);
    }
  return turned;
}

}  // namespace ganface
