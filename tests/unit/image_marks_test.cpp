// SPDX-License-Identifier: MIT
// Owns the unit tests of what image files say of how they are to be shown.
#include <ganface/image_marks.h>
#include <turbojpeg.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>

#include "temporary_folder.h"

namespace ganface {
namespace {

using testing::expect_error;
using testing::read_file;
using testing::TemporaryFolder;
using testing::write_file;

// A directory of one entry, the orientation: little-endian, as most cameras write it.
std::string exif(int orientation) {
  return std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18) +
         static_cast<char>(orientation) + std::string(7, '\0');
}

// The same with the high byte first.
std::string big_endian_exif(int orientation) {
  return std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19) +
         static_cast<char>(orientation) + std::string(6, '\0');
}

// 128 bytes of head, of which 16 to 19 are the colour space and 36 to 39 the mark of a profile.
std::vector<uint8_t> profile(size_t size, const std::string& space = "RGB ") {
  std::vector<uint8_t> bytes(size, 7);
  std::copy(space.begin(), space.end(), bytes.begin() + 16);
  const std::string mark = "acsp";
  std::copy(mark.begin(), mark.end(), bytes.begin() + 36);
  return bytes;
}

// A JPEG of 16 x 8 pixels, left half black, right half white.
std::string jpeg(int pixel_format = TJPF_RGB) {
  const int channels = tjPixelSize[pixel_format];
  std::vector<uint8_t> pixels(static_cast<size_t>(16 * 8 * channels));
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = i / static_cast<size_t>(channels) % 16 < 8 ? 0 : 255;
  const std::unique_ptr<void, int (*)(tjhandle)> coder(tjInitCompress(), tjDestroy);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(coder.get(), pixels.data(), 16, 0, 8, pixel_format, &bytes, &size,
                        TJSAMP_444, 95, 0),
            0);
  const std::string file(reinterpret_cast<char*>(bytes), size);
  tjFree(bytes);
  return file;
}

std::string with_segment(const std::string& file, int marker, const std::string& content) {
  const size_t length = content.size() + 2;
  return file.substr(0, 2) + '\xff' + static_cast<char>(marker) + static_cast<char>(length >> 8) +
         static_cast<char>(length) + content + file.substr(2);
}

TEST(ImageMarks, ReadsAJpegsSizeAndOrientationInBothByteOrders) {
  const TemporaryFolder folder;
  const std::string head("Exif\0\0", 6);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const std::string& data : {exif(orientation), big_endian_exif(orientation)}) {
      write_file(folder / "a.jpg", with_segment(jpeg(), 0xe1, head + data));
      const ImageMarks marks = read_image_marks(folder / "a.jpg");
      EXPECT_EQ(marks.type, ImageMarks::Type::kJpeg);
      EXPECT_EQ(marks.orientation, orientation);
      EXPECT_EQ(marks.width, 16);
      EXPECT_EQ(marks.height, 8);
      EXPECT_EQ(marks.components, 3);
    }
  }
}

TEST(ImageMarks, TakesAnOrientationThatDoesNotExistForUpright) {
  const TemporaryFolder folder;
  for (const int orientation : {0, 9, 255}) {
    write_file(folder / "a.jpg",
               with_segment(jpeg(), 0xe1, std::string("Exif\0\0", 6) + exif(orientation)));
    EXPECT_EQ(read_image_marks(folder / "a.jpg").orientation, 1);
  }
}

TEST(ImageMarks, ReadsATiffsOrientation) {
  const TemporaryFolder folder;
  write_file(folder / "a.tif", exif(8));
  EXPECT_EQ(read_image_marks(folder / "a.tif").type, ImageMarks::Type::kTiff);
  EXPECT_EQ(read_image_marks(folder / "a.tif").orientation, 8);
}

TEST(ImageMarks, TellsAnAnimationFromAStillGif) {
  const TemporaryFolder folder;
  const std::string head("GIF89a\x01\0\x01\0\0\0\0", 13);
  const std::string picture(",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0", 15);
  write_file(folder / "still.gif", head + picture + ";");
  write_file(folder / "moving.gif", head + picture + picture + ";");
  EXPECT_EQ(read_image_marks(folder / "still.gif").has_animation, false);
  EXPECT_EQ(read_image_marks(folder / "moving.gif").has_animation, true);
}

TEST(ImageMarks, SurvivesFilesThatAreCutAnywhere) {
  const TemporaryFolder folder;
  write_png(folder / "whole.png", Image(3, 2, 3, 9).view());
  add_colour_profile(folder / "whole.png", profile(300));
  for (const std::string& whole :
       {with_segment(jpeg(), 0xe1, std::string("Exif\0\0", 6) + exif(6)), exif(6),
        read_file(folder / "whole.png"), std::string("RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\x20", 21)}) {
    for (size_t length = 0; length < whole.size(); ++length) {
      write_file(folder / "cut", whole.substr(0, length));
      EXPECT_LE(read_image_marks(folder / "cut").profile.size(), 300u);
    }
  }
}

TEST(ImageMarks, APngAndAJpegGiveBackTheProfileThatWasPutIn) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", Image(3, 2, 3, 9).view());
  write_file(folder / "a.jpg", jpeg());
  // Of one segment of a JPEG, of exactly one, and of three.
  for (const size_t size : {size_t{500}, size_t{65519}, size_t{150000}})
    for (const char* name : {"a.png", "a.jpg"}) {
      SCOPED_TRACE(name);
      const Image before = read_image(folder / name);
      EXPECT_TRUE(add_colour_profile(folder / name, profile(size)));
      EXPECT_EQ(read_image_marks(folder / name).profile, profile(size));
      EXPECT_EQ(read_image(folder / name).pixels, before.pixels);
    }
}

TEST(ImageMarks, AWebpGetsTheExtendedForm) {
  const TemporaryFolder folder;
  // The head of a lossless picture of 3 x 2 pixels: 14 bits of width - 1, 14 of height - 1.
  const std::string lossless("VP8L\x06\0\0\0\x2f\x02\x40\0\0\0", 14);
  write_file(folder / "a.webp", std::string("RIFF\x12\0\0\0WEBP", 12) + lossless);
  EXPECT_TRUE(add_colour_profile(folder / "a.webp", profile(501)));
  const ImageMarks marks = read_image_marks(folder / "a.webp");
  EXPECT_EQ(marks.profile, profile(501));
  EXPECT_EQ(marks.width, 3);
  EXPECT_EQ(marks.height, 2);
  const std::string file = read_file(folder / "a.webp");
  EXPECT_EQ(file.substr(file.size() - 14), lossless);
}

TEST(ImageMarks, ATiffKeepsItsEntriesBesideTheProfile) {
  const TemporaryFolder folder;
  for (const std::string& file : {exif(3), big_endian_exif(3)}) {
    write_file(folder / "a.tif", file);
    EXPECT_TRUE(add_colour_profile(folder / "a.tif", profile(300)));
    EXPECT_EQ(read_image_marks(folder / "a.tif").profile, profile(300));
    EXPECT_EQ(read_image_marks(folder / "a.tif").orientation, 3);
  }
}

TEST(ImageMarks, AProfileTakesTheOtherOnesPlaceWhereverThatStood) {
  const TemporaryFolder folder;
  write_file(folder / "a.jpg", jpeg());
  add_colour_profile(folder / "a.jpg", profile(150000));
  const std::string comment = "behind it a profile stands that is no longer meant";
  write_file(folder / "a.jpg", with_segment(read_file(folder / "a.jpg"), 0xfe, comment));
  const Image before = read_image(folder / "a.jpg");
  EXPECT_TRUE(add_colour_profile(folder / "a.jpg", profile(300)));
  EXPECT_EQ(read_image_marks(folder / "a.jpg").profile, profile(300));
  EXPECT_NE(read_file(folder / "a.jpg").find(comment), std::string::npos);
  EXPECT_EQ(read_image(folder / "a.jpg").pixels, before.pixels);
}

// Whose first segment has a length of 0, which counts its own two bytes.
TEST(ImageMarks, AProfileStandsBeforeADamagedSegment) {
  const TemporaryFolder folder;
  write_file(folder / "a.jpg", std::string("\xff\xd8\xff\xe0\0\0\0\0\x07\x45\x07\x45", 12));
  EXPECT_TRUE(add_colour_profile(folder / "a.jpg", profile(300)));
  EXPECT_EQ(read_image_marks(folder / "a.jpg").profile, profile(300));
}

TEST(ImageMarks, AProfileTakesThePlaceOfOneThatIsCut) {
  const TemporaryFolder folder;
  write_file(folder / "a.jpg", std::string("\xff\xd8\xff\xe2\x80\xfaICC_PROFILE\0\1\1A", 21));
  EXPECT_TRUE(add_colour_profile(folder / "a.jpg", profile(300)));
  EXPECT_EQ(read_image_marks(folder / "a.jpg").profile, profile(300));
}

TEST(ImageMarks, APngWithoutAHeadTakesNoProfile) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", Image(3, 2, 3, 9).view());
  std::string bytes = read_file(folder / "a.png");
  write_file(folder / "a.png", bytes.replace(12, 4, "abcd"));
  EXPECT_FALSE(add_colour_profile(folder / "a.png", profile(300)));
  // It ends within its first chunk.
  write_file(folder / "cut.png", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0", 17));
  EXPECT_FALSE(add_colour_profile(folder / "cut.png", profile(300)));
  EXPECT_EQ(read_file(folder / "a.png"), bytes);
}

// Each takes time to unpack, and a file may hold any number of them.
TEST(ImageMarks, OfAPngsProfilesTheFirstCounts) {
  const TemporaryFolder folder;
  std::string chunks[2];
  for (const size_t i : {0, 1}) {
    write_png(folder / "a.png", Image(3, 2, 3, 9).view());
    add_colour_profile(folder / "a.png", profile(300 + i));
    const std::string bytes = read_file(folder / "a.png");
    const size_t begin = bytes.find("iCCP") - 4;
    chunks[i] = bytes.substr(begin, bytes.find("IDAT") - 4 - begin);
  }
  write_png(folder / "a.png", Image(3, 2, 3, 9).view());
  const std::string bytes = read_file(folder / "a.png");
  write_file(folder / "a.png", bytes.substr(0, 33) + chunks[0] + chunks[1] + bytes.substr(33));
  EXPECT_EQ(read_image_marks(folder / "a.png").profile, profile(300));
}

// Without a bound on them, either file would take a minute and more.
TEST(ImageMarks, GivesUpAfterAMillionParts) {
  const TemporaryFolder folder;
  write_file(folder / "filling.jpg", "\xff\xd8" + std::string(50'000'000, '\xff'));
  std::string blocks("GIF89a\x01\0\x01\0\0\0\0!\xfe", 15);
  for (int i = 0; i < 25'000'000; ++i) blocks += "\x01 ";
  write_file(folder / "blocks.gif", blocks);
  const std::clock_t begin = std::clock();  // of the processor, which others may use too
  EXPECT_EQ(read_image_marks(folder / "filling.jpg").type, ImageMarks::Type::kJpeg);
  EXPECT_EQ(read_image_marks(folder / "blocks.gif").has_animation, false);
  EXPECT_LT((std::clock() - begin) / CLOCKS_PER_SEC, 20);
}

TEST(ImageMarks, CountsPixelsOfWhateverSidesAFileClaims) {
  EXPECT_EQ(has_too_many_pixels(0xffffffff, 0xffffffff), true);  // more than 64 bits hold
  EXPECT_EQ(has_too_many_pixels(kMostPixels, 1), false);
  EXPECT_EQ(has_too_many_pixels(1, kMostPixels + 1), true);
  EXPECT_EQ(has_too_many_pixels(0, 0xffffffff), false);
}

TEST(ImageMarks, OtherFilesTakeNoProfile) {
  const TemporaryFolder folder;
  write_file(folder / "a.bmp", "BM" + std::string(60, '\0'));
  EXPECT_FALSE(add_colour_profile(folder / "a.bmp", profile(300)));
  EXPECT_EQ(colour_space_of(profile(300, "CMYK")), "CMYK");
  EXPECT_EQ(colour_space_of(std::vector<uint8_t>(300, 0)), "");
}

// The pixels 1 2 3 over 4 5 6, as EXIF 2.3 says that each orientation shows them.
TEST(Upright, FollowsEveryOrientation) {
  Image image(3, 2, 1);
  image.pixels = {1, 2, 3, 4, 5, 6};
  const std::vector<std::vector<uint8_t>> expected{
      {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    const Image turned = upright(image, orientation);
    EXPECT_EQ(turned.width, orientation <= 4 ? 3 : 2);
    EXPECT_EQ(turned.height, orientation <= 4 ? 2 : 3);
    EXPECT_EQ(turned.pixels, expected[static_cast<size_t>(orientation - 1)]);
  }
}

// A photograph that a camera stored on its side: black half left, and so above.
TEST(ReadImage, TurnsAPhotographUpright) {
  const TemporaryFolder folder;
  write_file(folder / "a.jpg", with_segment(jpeg(), 0xe1, std::string("Exif\0\0", 6) + exif(6)));
  const Image image = read_image(folder / "a.jpg");
  EXPECT_EQ(image.width, 8);
  EXPECT_EQ(image.height, 16);
  EXPECT_EQ(image.row(0)[0], 0);
  EXPECT_EQ(image.row(15)[0], 255);
}

// Four inks of 0 are white paper; Adobe's programs store what is left of white instead.
TEST(ReadImage, ReadsACmykJpegOfEitherKind) {
  const TemporaryFolder folder;
  const std::string plain = jpeg(TJPF_CMYK);
  const bool has_mark = plain.find("Adobe") != std::string::npos;
  write_file(folder / "a.jpg", plain);
  const Image image = read_image(folder / "a.jpg");
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.row(0)[0], has_mark ? 0 : 255);
  EXPECT_EQ(image.row(0)[3 * 15], has_mark ? 255 : 0);
}

// A chunk that claims 1 GB, which libpng would take at once.
TEST(ReadImage, RefusesAPngsChunkThatIsLongerThanTheFile) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", Image(3, 2, 3, 9).view());
  const std::string bytes = read_file(folder / "a.png");
  write_file(folder / "long.png",
             bytes.substr(0, 33) + std::string("\x40\0\0\0eXIf", 8) + bytes.substr(33));
  expect_error(ErrorCode::kInput, {"long.png", "1073741824 bytes", "damaged PNG"},
               [&] { read_image(folder / "long.png"); });
}

// The head of a PNG that would be 2.7 GB in memory.
TEST(ReadImage, RefusesMorePixelsThanItsBoundBeforeItTakesMemory) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", Image(1, 1, 3).view());
  std::string bytes = read_file(folder / "a.png");
  // Width and height of 30000, and the checksum of the chunk that holds them.
  bytes.replace(16, 8, std::string("\0\0\x75\x30\0\0\x75\x30", 8));
  const std::vector<uint8_t> header(bytes.begin() + 12, bytes.begin() + 29);
  uint32_t crc = 0xffffffff;
  for (const uint8_t byte : header) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  for (int i = 0; i < 4; ++i)
    bytes[static_cast<size_t>(29 + i)] = static_cast<char>(~crc >> (24 - 8 * i));
  write_file(folder / "bomb.png", bytes);
  expect_error(ErrorCode::kInput, {"bomb.png", "30000x30000", "250 megapixels"},
               [&] { read_image(folder / "bomb.png"); });
}

}  // namespace
}  // namespace ganface
