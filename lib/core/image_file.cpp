// SPDX-License-Identifier: MIT
// Owns image files: JPEG and PNG in, PNG out, folders of them.
#include <ganface/error.h>
#include <ganface/image.h>
#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "core/atomic_file.h"

namespace ganface {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostPixels = 1'000'000'000;

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw Error(ErrorCode::kInput, "image '" + file.string() + "': " + why);
}

std::vector<uint8_t> read_bytes(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) refuse(file, "no such file");
  std::ifstream stream(file, std::ios::binary);
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) refuse(file, "cannot be read; check its permissions");
  return bytes;
}

Image decode_jpeg(const fs::path& file, const std::vector<uint8_t>& bytes) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  int width = 0, height = 0, subsampling = 0, colour_space = 0;
  const auto size = static_cast<unsigned long>(bytes.size());
  if (tjDecompressHeader3(decoder.get(), bytes.data(), size, &width, &height, &subsampling,
                          &colour_space) != 0)
    refuse(file, std::string("damaged JPEG: ") + tjGetErrorStr2(decoder.get()));
  if (int64_t{width} * height > kMostPixels) refuse(file, "larger than 1 gigapixel");
  Image image(width, height, 3);
  // Warnings (LFW holds a few files without the end marker) leave a usable picture, as in viewers.
  if (tjDecompress2(decoder.get(), bytes.data(), size, image.pixels.data(), width, 0, height,
                    TJPF_RGB, TJFLAG_ACCURATEDCT) != 0 &&
      tjGetErrorCode(decoder.get()) == TJERR_FATAL)
    refuse(file, std::string("damaged JPEG: ") + tjGetErrorStr2(decoder.get()));
  return image;
}

Image decode_png(const fs::path& file, const std::vector<uint8_t>& bytes) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, void (*)(png_imagep)> owner(&header, png_image_free);
  if (png_image_begin_read_from_memory(&header, bytes.data(), bytes.size()) == 0)
    refuse(file, std::string("damaged PNG: ") + header.message);
  if (int64_t{header.width} * header.height > kMostPixels) refuse(file, "larger than 1 gigapixel");
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
  if (bytes.size() > 3 && bytes[0] == 0xff && bytes[1] == 0xd8) return decode_jpeg(file, bytes);
  if (bytes.size() > 8 && png_sig_cmp(bytes.data(), 0, 8) == 0) return decode_png(file, bytes);
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

std::vector<fs::path> list_images(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(ErrorCode::kInput, "folder '" + folder.string() + "' does not exist");
  std::vector<fs::path> files;
  for (auto entry =
           fs::recursive_directory_iterator(folder,
                                            fs::directory_options::follow_directory_symlink |
                                                fs::directory_options::skip_permission_denied,
                                            error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (is_image_name(entry->path()) && entry->is_regular_file(error))
      files.push_back(entry->path());
  if (files.empty())
    throw Error(ErrorCode::kInput, "folder '" + folder.string() +
                                       "' holds no image; expected .jpg, .jpeg or .png files at "
                                       "any depth");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace ganface
