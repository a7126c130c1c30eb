// SPDX-License-Identifier: MIT
// Owns 8-bit images and views of them, and how they are read from and written to files.
#pragma once

#include <ganface/api.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace ganface {

/// A view of interleaved 8-bit pixels that somebody else owns. Top-left origin.
struct ImageView {
  const uint8_t* data = nullptr;
  int width = 0;         ///< pixels
  int height = 0;        ///< pixels
  int channels = 0;      ///< 1 = grey (or mask), 3 = RGB
  ptrdiff_t stride = 0;  ///< bytes from a row to the next

  const uint8_t* row(int y) const { return data + y * stride; }
};

/// An owned image of interleaved 8-bit pixels without row padding: 1 channel (grey, or mask with
/// non-zero = hole) or 3 (RGB).
struct GANFACE_API Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<uint8_t> pixels;

  Image() = default;
  Image(int width, int height, int channels, uint8_t value = 0);

  bool empty() const { return pixels.empty(); }
  uint8_t* row(int y) {
    return pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(width * channels);
  }
  const uint8_t* row(int y) const {
    return pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(width * channels);
  }
  ImageView view() const { return {pixels.data(), width, height, channels, width * channels}; }
};

/// Reads a JPEG or PNG file as RGB. Throws Error(kInput) naming the file when it is missing, of
/// another type, damaged or has more than 250 million pixels
/// or 1 GiB.
GANFACE_API Image read_image(const std::filesystem::path& file);

/// Writes a grey or RGB image as PNG, through a temporary file that is renamed when complete.
/// Throws Error(kOutput) naming the file.
GANFACE_API void write_png(const std::filesystem::path& file, const ImageView& image);

/// The part of `image` with its top-left corner at (left, top). Throws Error(kInput) when the
/// rectangle is empty or leaves the image.
GANFACE_API Image crop(const ImageView& image, int left, int top, int width, int height);

/// Scales by area averaging when shrinking (OpenCV's INTER_AREA: each output pixel is the mean of
/// the input area it covers) and bilinearly along an axis that grows.
GANFACE_API Image resize(const ImageView& image, int width, int height);

/// The canonical crop of a photograph. A 250 x 250 image is taken for a deep-funneled LFW
/// photograph: columns and rows 61 to 188 are cut out. Any other square image is taken whole.
/// Either is scaled to size x size. Throws Error(kInput) when the image is not square.
GANFACE_API Image canonical_crop(const ImageView& photograph, int size);

/// Every JPEG and PNG file below `folder` at any depth, links followed, sorted by path; a folder to
/// which several ways lead is looked into once, on the way with the fewest links.
/// Throws Error(kInput) when the folder does not exist or holds none.
GANFACE_API std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);

}  // namespace ganface
