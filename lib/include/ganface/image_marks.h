// SPDX-License-Identifier: MIT
// Owns what an image file says of how its pixels are to be shown.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ganface {

/// Pixels of the largest picture that is read: more than any camera of today takes.
constexpr int64_t kMostPixels = 250'000'000;
/// Whether a picture has more of them. The sides may be whatever a file claims.
constexpr bool has_too_many_pixels(int64_t width, int64_t height) {
  return width > 0 && height > kMostPixels / width;
}
/// Bytes of the largest image file that is read.
constexpr int64_t kMostImageBytes = int64_t{1} << 30;

/// What the head of an image file tells. What is damaged or unknown counts as not there.
struct ImageMarks {
  enum class Type { kOther, kJpeg, kPng, kWebp, kTiff, kGif, kBmp };
  Type type = Type::kOther;
  /// Of the pixels as they are stored; 0 when unknown.
  int64_t width = 0, height = 0;
  /// EXIF 2.3, tag 274: 1 = upright, 6 = to be turned by 90 degrees clockwise, …
  int orientation = 1;
  /// ICC profile; empty without one, or with one of more than 16 MB.
  std::vector<uint8_t> profile;
  int components = 0;           ///< of a JPEG; 4 = CMYK or YCCK
  bool is_adobe = false;        ///< a JPEG with Adobe's mark: CMYK is stored inverted
  int bits_per_sample = 8;      ///< of a PNG
  bool has_animation = false;   ///< a WebP, or a GIF with more than one picture
  bool has_more_pages = false;  ///< a TIFF with pages after the first
};

/// Reads the marks of a JPEG, PNG, WebP, TIFF, GIF or BMP file. Never throws for what the file
/// holds; a file that cannot be opened has no marks. Throws Error(kInput) when reading fails.
GANFACE_API ImageMarks read_image_marks(const std::filesystem::path& file);

/// The colour space that an ICC profile is for: "RGB ", "GRAY", "CMYK"; empty when it is none.
GANFACE_API std::string colour_space_of(const std::vector<uint8_t>& profile);

/// Puts an ICC profile into a JPEG, PNG, WebP or TIFF file, in place of any that is there. Whether
/// it could: not for a file of another type. Throws Error(kOutput) when the file cannot be written.
GANFACE_API bool add_colour_profile(const std::filesystem::path& file,
                                    const std::vector<uint8_t>& profile);

/// The image as an EXIF orientation of 1 to 8 says that it is to be shown.
GANFACE_API Image upright(Image image, int orientation);

}  // namespace ganface
