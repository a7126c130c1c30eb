// SPDX-License-Identifier: MIT
// Owns the fuzzing of image files: their marks, pixels and colour profiles.
#include <ganface/error.h>
#include <ganface/image.h>
#include <ganface/image_marks.h>
#include <turbojpeg.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "expect.h"
#include "memory_file.h"

namespace {

using namespace ganface;
using ganface::fuzz::expect;
using ganface::fuzz::MemoryFile;

// More pixels are within the product's bound, and beyond what a target has time for.
constexpr int64_t kMostPixelsHere = 1 << 20;

uint32_t number_at(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

void set_number(uint8_t* bytes, uint32_t number) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(number >> (24 - 8 * i));
}

// Makes the check sums of a PNG's chunks right, without which libpng reads nothing.
void mend_check_sums(uint8_t* bytes, size_t size) {
  for (size_t at = 8; at + 12 <= size;) {
    const size_t length = number_at(bytes + at);
    if (length > size - at - 12) return;
    set_number(bytes + at + 8 + length,
               static_cast<uint32_t>(crc32(0, bytes + at + 4, static_cast<uInt>(length + 4))));
    at += 12 + length;
  }
}

// The size as the decoder sees it, which may be another than the marks tell.
bool is_small(const uint8_t* bytes, size_t size, const ImageMarks& marks) {
  if (marks.width > kMostPixelsHere || marks.height > kMostPixelsHere ||
      marks.width * marks.height > kMostPixelsHere)
    return false;
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  int width = 0, height = 0, subsampling = 0, space = 0;
  return tjDecompressHeader3(decoder.get(), bytes, static_cast<unsigned long>(size), &width,
                             &height, &subsampling, &space) != 0 ||
         int64_t{width} * height <= kMostPixelsHere;
}

void read_pixels(const std::string& file, const ImageMarks& marks) {
  Image image;
  try {
    image = read_image(file);
  } catch (const Error& error) {
    expect(error.code() == ErrorCode::kInput, "a damaged image is an error of the input");
    return;
  }
  expect(image.width > 0 && image.height > 0 && image.channels == 3, "an image has pixels");
  const bool sideways = marks.orientation >= 5;
  if (marks.type == ImageMarks::Type::kPng)
    expect((sideways ? image.height : image.width) == marks.width, "the marks tell the size");
}

// A profile that was put in is read again.
void add_profile(const uint8_t* bytes, size_t size, const ImageMarks& marks) {
  std::vector<uint8_t> profile(140, bytes[size - 1]);
  std::copy_n("acsp", 4, profile.begin() + 36);
  std::copy_n("RGB ", 4, profile.begin() + 16);
  const MemoryFile file(bytes, size);
  if (!add_colour_profile(file.path(), profile)) return;
  const ImageMarks with = read_image_marks(file.path());
  expect(with.type == marks.type, "a file with a profile is of the type that it was");
  expect(with.profile == profile, "the profile is there");
  expect(colour_space_of(with.profile) == "RGB ", "the profile tells its space");
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(bytes, size, most);
  if (size > 8 && bytes[0] == 0x89 && std::mt19937(seed)() % 4 != 0) mend_check_sums(bytes, size);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const MemoryFile file(bytes, size);
  const ImageMarks marks = read_image_marks(file.path());
  expect(marks.orientation >= 1 && marks.orientation <= 8, "an orientation is 1 to 8");
  expect(marks.width >= 0 && marks.height >= 0, "no side is negative");
  colour_space_of(marks.profile);
  if (is_small(bytes, size, marks)) read_pixels(file.path(), marks);
  if (size > 0) add_profile(bytes, size, marks);
  return 0;
}
