// SPDX-License-Identifier: MIT
// Owns image files: JPEG and PNG in, PNG out, folders of them.
#include <ganface/error.h>
#include <ganface/image.h>
#include <ganface/image_marks.h>
#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "core/atomic_file.h"
#include "core/bytes.h"

namespace ganface {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw Error(ErrorCode::kInput, "image '" + file.string() + "': " + why);
}

std::vector<uint8_t> read_bytes(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) refuse(file, "no such file");
  // A pipe that nobody writes to would be waited for.
  if (!fs::is_regular_file(file, error)) refuse(file, "a folder, a pipe or a device; name a file");
  if (fs::file_size(file, error) > static_cast<uint64_t>(kMostImageBytes))
    refuse(file, "larger than 1 GiB, expected a picture");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open() && (errno == EMFILE || errno == ENFILE))
    throw Error(ErrorCode::kDevice, "image '" + file.string() + "' cannot be opened: " +
                                        std::strerror(errno) + "; raise the limit (ulimit -n)");
  if (!stream.is_open()) refuse(file, std::string("cannot be read: ") + std::strerror(errno));
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) refuse(file, std::string("cannot be read: ") + std::strerror(errno));
  return bytes;
}

// Before memory is taken for them.
void expect_size(const fs::path& file, int64_t width, int64_t height) {
  if (has_too_many_pixels(width, height))
    refuse(file, "has " + std::to_string(width) + "x" + std::to_string(height) +
                     " pixels, expected " + std::to_string(kMostPixels / 1'000'000) +
                     " megapixels or fewer; scale it down first");
}

// Pixels of C, M, Y and K, of which Adobe's are what is left of white.
Image rgb_of_cmyk(const Image& cmyk, bool inverted) {
  Image rgb(cmyk.width, cmyk.height, 3);
  const auto left = [inverted](uint8_t ink) { return inverted ? ink : 255 - ink; };
  for (size_t i = 0; i < rgb.pixels.size() / 3; ++i)
    for (size_t c = 0; c < 3; ++c)
      rgb.pixels[3 * i + c] = static_cast<uint8_t>(
          (left(cmyk.pixels[4 * i + c]) * left(cmyk.pixels[4 * i + 3]) + 127) / 255);
  return rgb;
}

Image decode_jpeg(const fs::path& file, const std::vector<uint8_t>& bytes,
                  const ImageMarks& marks) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  int width = 0, height = 0, subsampling = 0, colour_space = 0;
  const auto size = static_cast<unsigned long>(bytes.size());
  if (tjDecompressHeader3(decoder.get(), bytes.data(), size, &width, &height, &subsampling,
                          &colour_space) != 0)
    refuse(file, std::string("damaged JPEG: ") + tjGetErrorStr2(decoder.get()));
  expect_size(file, width, height);
  const bool is_cmyk = colour_space == TJCS_CMYK || colour_space == TJCS_YCCK;
  Image image(width, height, is_cmyk ? 4 : 3);
  // Warnings (LFW holds a few files without the end marker) leave a usable picture, as in viewers.
  // A file of a thousand scans of nothing would take hours.
  if (tjDecompress2(decoder.get(), bytes.data(), size, image.pixels.data(), width, 0, height,
                    is_cmyk ? TJPF_CMYK : TJPF_RGB, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) != 0 &&
      tjGetErrorCode(decoder.get()) == TJERR_FATAL)
    refuse(file, std::string("damaged JPEG: ") + tjGetErrorStr2(decoder.get()));
  return is_cmyk ? rgb_of_cmyk(image, marks.is_adobe) : image;
}

// libpng takes the memory that a chunk before the pixels claims to need before it reads it.
void expect_chunks(const fs::path& file, const std::vector<uint8_t>& bytes) {
  for (size_t at = 8; at + 8 <= bytes.size() && !core::is_at(bytes, at + 4, "IDAT");) {
    const uint64_t length = core::big_endian(bytes, at, 4);
    if (length > bytes.size() - at - 8)
      refuse(file, "damaged PNG: a chunk of " + std::to_string(length) + " bytes in a file of " +
                       std::to_string(bytes.size()));
    at += 12 + length;
  }
}

Image decode_png(const fs::path& file, const std::vector<uint8_t>& bytes) {
  expect_chunks(file, bytes);
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, void (*)(png_imagep)> owner(&header, png_image_free);
  if (png_image_begin_read_from_memory(&header, bytes.data(), bytes.size()) == 0)
    refuse(file, std::string("damaged PNG: ") + header.message);
  expect_size(file, header.width, header.height);
  header.format = PNG_FORMAT_RGB;
  Image image(static_cast<int>(header.width), static_cast<int>(header.height), 3);
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&header, &black, image.pixels.data(), 0, nullptr) == 0)
    refuse(file, std::string("damaged PNG: ") + header.message);
  return image;
}

bool is_image_name(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

}  // namespace

Image read_image(const fs::path& file) {
  const std::vector<uint8_t> bytes = read_bytes(file);
  const ImageMarks marks = read_image_marks(file);
  if (bytes.size() > 3 && bytes[0] == 0xff && bytes[1] == 0xd8)
    return upright(decode_jpeg(file, bytes, marks), marks.orientation);
  if (bytes.size() > 8 && png_sig_cmp(bytes.data(), 0, 8) == 0)
    return upright(decode_png(file, bytes), marks.orientation);
  refuse(file, "neither JPEG nor PNG; convert it first");
}

void write_png(const fs::path& file, const ImageView& image) {
  core::write_atomically(file, [&](const fs::path& temporary) {
    png_image header{};
    header.version = PNG_IMAGE_VERSION;
    header.width = static_cast<png_uint_32>(image.width);
    header.height = static_cast<png_uint_32>(image.height);
    header.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    const std::unique_ptr<png_image, void (*)(png_imagep)> owner(&header, png_image_free);
    if (png_image_write_to_file(&header, temporary.c_str(), 0, image.data,
                                static_cast<png_int_32>(image.stride), nullptr) == 0)
      throw Error(ErrorCode::kOutput, "cannot write '" + file.string() + "': " + header.message +
                                          " (" + std::strerror(errno) + ")");
  });
}

namespace {

// What lies below a folder, as far as no link has to be followed.
struct Found {
  std::vector<fs::path> files, links;  // links to folders
};

// Each folder is looked into once, by whatever ways links lead to it: two links to their own folder
// are 2^40 ways.
void look_into(const fs::path& folder, std::set<fs::path>& seen, Found& found) {
  std::error_code error;
  const fs::path itself = fs::canonical(folder, error);
  if (error || !seen.insert(itself).second) return;
  std::vector<fs::path> folders;
  for (auto entry =
           fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored))
      (entry->is_symlink(ignored) ? found.links : folders).push_back(entry->path());
    else if (is_image_name(entry->path()) && entry->is_regular_file(ignored))
      found.files.push_back(entry->path());
  }
  for (const fs::path& below : folders) look_into(below, seen, found);
}

}  // namespace

std::vector<fs::path> list_images(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(ErrorCode::kInput, "folder '" + folder.string() + "' does not exist");
  std::vector<fs::path> files;
  std::set<fs::path> seen;
  // Folders before links to them, and links in the order of their names: which of several paths a
  // file has does not depend on the file system.
  for (std::vector<fs::path> level{folder}; !level.empty();) {
    Found found;
    for (const fs::path& next : level) look_into(next, seen, found);
    files.insert(files.end(), found.files.begin(), found.files.end());
    std::sort(found.links.begin(), found.links.end());
    level = std::move(found.links);
  }
  if (files.empty())
    throw Error(ErrorCode::kInput, "folder '" + folder.string() +
                                       "' holds no image; expected .jpg, .jpeg or .png files at "
                                       "any depth");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace ganface
