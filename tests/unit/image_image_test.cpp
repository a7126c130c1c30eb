// SPDX-License-Identifier: MIT
// Owns the unit tests of the geometry of images.
#include <ganface/error.h>
#include <ganface/image.h>
#include <gtest/gtest.h>

#include <string>

namespace ganface {
namespace {

// Column and row of a pixel are readable in it: red = x, green = y.
Image coordinates(int width, int height) {
  Image image(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      image.row(y)[x * 3] = static_cast<uint8_t>(x);
      image.row(y)[x * 3 + 1] = static_cast<uint8_t>(y);
    }
  return image;
}

TEST(Resize, AveragesTheCoveredAreaWhenShrinkingByAnIntegerFactor) {
  Image image(4, 2, 1);
  image.pixels = {0,  10, 100, 110,  //
                  20, 30, 120, 132};
  const Image small = resize(image.view(), 2, 1);
  // (0 + 10 + 20 + 30) / 4 = 15; (100 + 110 + 120 + 132) / 4 = 115.5, rounded up.
  EXPECT_EQ(small.pixels, (std::vector<uint8_t>{15, 116}));
}

TEST(Resize, WeighsPartlyCoveredPixelsWhenTheFactorIsNotAnInteger) {
  Image image(3, 1, 1);
  image.pixels = {0, 90, 240};
  // Each output covers 1.5 inputs: (0 + 90 / 2) / 1.5 = 30; (90 / 2 + 240) / 1.5 = 190.
  EXPECT_EQ(resize(image.view(), 2, 1).pixels, (std::vector<uint8_t>{30, 190}));
}

TEST(Resize, InterpolatesBilinearlyWhenGrowing) {
  Image image(2, 1, 1);
  image.pixels = {0, 100};
  // Output centres lie at -0.25, 0.25, 0.75 and 1.25 input pixels; the outer two are clamped.
  EXPECT_EQ(resize(image.view(), 4, 1).pixels, (std::vector<uint8_t>{0, 25, 75, 100}));
}

TEST(Resize, RepeatsASinglePixelWhenGrowing) {
  EXPECT_EQ(resize(Image(1, 1, 3, 42).view(), 3, 2).pixels, std::vector<uint8_t>(18, 42));
}

TEST(Resize, KeepsPixelsWhenTheSizeIsTheSame) {
  const Image image = coordinates(5, 3);
  EXPECT_EQ(resize(image.view(), 5, 3).pixels, image.pixels);
}

TEST(Resize, RefusesZeroPixels) {
  const Image image(2, 2, 3);
  EXPECT_THROW(resize(image.view(), 0, 2), Error);
  EXPECT_THROW(resize(ImageView{}, 2, 2), Error);
}

TEST(Crop, CopiesTheRectangle) {
  const Image part = crop(coordinates(5, 4).view(), 2, 1, 2, 2);
  EXPECT_EQ(part.pixels, (std::vector<uint8_t>{2, 1, 0, 3, 1, 0, 2, 2, 0, 3, 2, 0}));
}

TEST(Crop, HonoursTheStrideOfAView) {
  const uint8_t bytes[] = {1, 2, 99, 99, 3, 4, 99, 99};
  EXPECT_EQ(crop({bytes, 2, 2, 1, 4}, 0, 0, 2, 2).pixels, (std::vector<uint8_t>{1, 2, 3, 4}));
}

TEST(Crop, RefusesRectanglesThatAreEmptyOrLeaveTheImage) {
  const Image image(4, 3, 3);
  EXPECT_THROW(crop(image.view(), -1, 0, 2, 2), Error);
  EXPECT_THROW(crop(image.view(), 0, -1, 2, 2), Error);
  EXPECT_THROW(crop(image.view(), 3, 0, 2, 2), Error);
  EXPECT_THROW(crop(image.view(), 0, 2, 2, 2), Error);
  EXPECT_THROW(crop(image.view(), 0, 0, 0, 2), Error);
  EXPECT_THROW(crop(image.view(), 0, 0, 2, 0), Error);
}

TEST(CanonicalCrop, CutsColumnsAndRows61To188OutOfAnLfwPhotograph) {
  const Image face = canonical_crop(coordinates(250, 250).view(), 128);
  EXPECT_EQ(face.width, 128);
  EXPECT_EQ(face.height, 128);
  EXPECT_EQ(face.row(0)[0], 61);
  EXPECT_EQ(face.row(0)[1], 61);
  EXPECT_EQ(face.row(127)[127 * 3], 188);
  EXPECT_EQ(face.row(127)[127 * 3 + 1], 188);
}

TEST(CanonicalCrop, TakesAnotherSquareWhole) {
  const Image image = coordinates(16, 16);
  EXPECT_EQ(canonical_crop(image.view(), 16).pixels, image.pixels);
}

TEST(CanonicalCrop, RefusesAnImageThatIsNotSquareNamingItsSize) {
  try {
    canonical_crop(Image(250, 200, 3).view(), 64);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    EXPECT_NE(std::string(error.what()).find("250x200"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace ganface
