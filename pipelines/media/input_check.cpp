// SPDX-License-Identifier: MIT
// Owns what is refused before it is tried.
#include "media/input_check.h"

#include <ganface/error.h>
#include <ganface/image_marks.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "media/file_type.h"

namespace ganface::media {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& file, const std::string& why,
                         ErrorCode code = ErrorCode::kInput) {
  throw Error(code, "'" + file + "' " + why);
}

// ISO/IEC 14496-12: boxes with their sizes, in MP4, QuickTime, HEIF and AVIF.
class Boxes {
 public:
  explicit Boxes(const std::string& file) : stream_(file, std::ios::binary) {
    std::error_code error;
    size_ = fs::file_size(file, error);
    if (error) size_ = 0;
  }

  // The four letters of the next box; empty at the end, and where a box goes beyond it.
  std::string next() {
    const std::string head = bytes(next_, 16);
    if (head.size() < 8) return "";
    begin_ = next_;
    uint64_t length = number(head, 0, 4);
    if (length == 1 && head.size() == 16) length = number(head, 8, 8);
    if (length == 0) length = size_ - begin_;
    if (length < 8) return "";
    next_ = length > size_ - begin_ ? size_ : begin_ + length;
    return head.substr(4, 4);
  }

  // What the box that was read last holds, up to `most` bytes.
  std::string content(size_t most) {
    return bytes(begin_ + 8, std::min<uint64_t>(most, next_ - std::min(next_, begin_ + 8)));
  }

 private:
  std::string bytes(uint64_t offset, size_t count) {
    std::string read(count, '\0');
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(read.data(), static_cast<std::streamsize>(count));
    read.resize(static_cast<size_t>(std::max<std::streamsize>(0, stream_.gcount())));
    return read;
  }
  static uint64_t number(const std::string& text, size_t at, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | static_cast<uint8_t>(text[at + i]);
    return value;
  }

  std::ifstream stream_;
  uint64_t size_ = 0, begin_ = 0, next_ = 0;
};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Pictures that demuxers of videos call damaged ones.
void refuse_still_boxes(const std::string& file) {
  Boxes boxes(file);
  if (boxes.next() != "ftyp") return;
  const std::string brands = boxes.content(256);
  const std::string brand = brands.substr(0, 4);
  const bool is_avif = is_one_of(brand, {"avif", "avis"}) ||
                       (brand == "mif1" && brands.find("avif") != std::string::npos);
  const bool is_heif =
      is_one_of(brand, {"mif1", "msf1", "heic", "heix", "heim", "heis", "hevc", "hevx"});
  if (is_avif || is_heif)
    refuse(file,
           std::string("is an ") + (is_avif ? "AVIF" : "HEIF (HEIC)") +
               " picture, a format that is not read; convert it to PNG or JPEG first",
           ErrorCode::kUnsupported);
}

// A camera that stops in the middle has written the pictures, and not where they begin.
void refuse_without_index(const std::string& file) {
  Boxes boxes(file);
  for (std::string box; !(box = boxes.next()).empty();)
    if (is_one_of(box, {"moov", "moof"})) return;
  refuse(file,
         "is cut short, or the recording of it was interrupted: its index (moov) is missing; mend "
         "it with a tool that finds pictures without one");
}

void check_picture(const std::string& file) {
  const ImageMarks marks = read_image_marks(file);
  if (marks.has_animation)
    refuse(file,
           std::string("is an animated ") +
               (marks.type == ImageMarks::Type::kGif ? "GIF" : "WebP") +
               ", which is not read; convert it to a video or to numbered images first",
           ErrorCode::kUnsupported);
  if (has_too_many_pixels(marks.width, marks.height))
    refuse(file, "has " + std::to_string(marks.width) + "x" + std::to_string(marks.height) +
                     " pixels, expected " + std::to_string(kMostPixels / 1'000'000) +
                     " megapixels or fewer; scale it down first");
}

}  // namespace

void check_input(const std::string& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    refuse(file, "is a pipe, a device or a folder, expected a file");
  const std::string type = media_type_of(file);
  if (is_one_of(type, {"application/x-hls", "audio/x-mpegurl", "application/dash+xml",
                       "application/vnd.ms-sstr+xml", "application/sdp", "text/uri-list"}))
    refuse(file, "is a playlist, which only names media; name a file that holds the video");
  refuse_still_boxes(file);
  if (type == "video/quicktime") refuse_without_index(file);
  check_picture(file);
}

}  // namespace ganface::media
