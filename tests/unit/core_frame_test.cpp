// SPDX-License-Identifier: MIT
// Owns the unit tests of the way between a frame and a canonical crop.
#include <ganface/error.h>
#include <ganface/frame.h>
#include <gtest/gtest.h>

#include <cmath>

#include "temporary_folder.h"

namespace ganface {
namespace {

Frame view_of(Image& image) {
  Frame frame;
  frame.width = image.width;
  frame.height = image.height;
  for (size_t c = 0; c < 3; ++c)
    frame.components[c] = {image.pixels.data() + c, ptrdiff_t{image.width} * 3, 3};
  return frame;
}

// I420 with even sides: luma, then both chroma planes.
struct Yuv {
  Yuv(int width, int height)
      : bytes(static_cast<size_t>(width * height * 3 / 2)), width(width), height(height) {}
  Frame view(bool full_range, double kr, double kb) {
    Frame frame;
    frame.width = width;
    frame.height = height;
    frame.components[0] = {bytes.data(), width, 1};
    frame.components[1] = {bytes.data() + width * height, width / 2, 1};
    frame.components[2] = {bytes.data() + width * height * 5 / 4, width / 2, 1};
    frame.is_yuv = true;
    frame.is_full_range = full_range;
    frame.kr = kr;
    frame.kb = kb;
    return frame;
  }
  std::vector<uint8_t> bytes;
  int width, height;
};

Image coordinates(int width, int height) {
  Image image(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      image.row(y)[3 * x] = static_cast<uint8_t>(x);
      image.row(y)[3 * x + 1] = static_cast<uint8_t>(y);
    }
  return image;
}

TEST(ExtractCrop, OfAnAlignedBoxCopiesItsPixels) {
  Image image = coordinates(40, 30);
  const Image crop = extract_crop(view_of(image), transform_of_box(10, 5, 16, 16), 16);
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) {
      ASSERT_EQ(crop.row(y)[3 * x], x + 10);
      ASSERT_EQ(crop.row(y)[3 * x + 1], y + 5);
    }
}

TEST(ExtractCrop, FollowsARotation) {
  Image image = coordinates(40, 40);
  // Canonical x runs down the frame and canonical y to the left: a quarter turn about (20, 20).
  const CanonicalTransform turned = {0, 1.0 / 16, -12.0 / 16, -1.0 / 16, 0, 28.0 / 16};
  const Image crop = extract_crop(view_of(image), turned, 16);
  EXPECT_EQ(crop.row(0)[0], 27);  // red: frame x of the canonical top left
  EXPECT_EQ(crop.row(0)[1], 12);  // green: its frame y
  EXPECT_EQ(crop.row(0)[3 * 15 + 1], 27);
  EXPECT_EQ(crop.row(15)[0], 12);
}

TEST(ExtractCrop, RepeatsTheBorderOutsideTheFrame) {
  Image image = coordinates(20, 20);
  const Image crop = extract_crop(view_of(image), transform_of_box(-8, -8, 16, 16), 16);
  EXPECT_EQ(crop.row(0)[0], 0);
  EXPECT_EQ(crop.row(15)[3 * 15], 7);
}

TEST(ExtractCrop, RefusesATransformWithoutAnInverse) {
  Image image(8, 8, 3);
  testing::expect_error(ErrorCode::kInput, {"no inverse"}, [&] {
    extract_crop(view_of(image), {1, 1, 0, 1, 1, 0}, 8);
  });
}

TEST(CompositeCrop, ReplacesMixesAndKeepsByAlpha) {
  Image image(8, 8, 3, 100);
  Frame frame = view_of(image);
  const Image completion(4, 4, 3, 200);
  Image alpha(4, 4, 1);
  for (int y = 0; y < 4; ++y) {
    alpha.row(y)[0] = 255;
    alpha.row(y)[1] = alpha.row(y)[2] = 51;  // a fifth
  }
  composite_crop(frame, transform_of_box(0, 0, 8, 8), completion, alpha);
  for (int y = 0; y < 8; ++y) {
    EXPECT_EQ(image.row(y)[0], 200);
    EXPECT_EQ(image.row(y)[3], 200);      // still in the pixel of alpha 255
    EXPECT_EQ(image.row(y)[3 * 4], 120);  // a fifth of the way
    EXPECT_EQ(image.row(y)[3 * 6], 100);
    EXPECT_EQ(image.row(y)[3 * 7], 100);
  }
}

TEST(PaintHole, UsesTheMatrixAndTheRangeOfTheFrame) {
  struct Case {
    bool full_range;
    double kr, kb;
    int y, u, v;  // of pure red
  };
  // Recommendations ITU-R BT.601 and BT.709: Y' = Kr, Cb = -Kr / (2 (1 - Kb)), Cr = 1/2.
  for (const Case& expected :
       {Case{false, 0.299, 0.114, 81, 90, 240}, Case{false, 0.2126, 0.0722, 63, 102, 240},
        Case{true, 0.299, 0.114, 76, 85, 255}}) {
    Yuv picture(8, 8);
    Frame frame = picture.view(expected.full_range, expected.kr, expected.kb);
    paint_hole(frame, transform_of_box(0, 0, 8, 8), Image(8, 8, 1, 255), {255, 0, 0});
    EXPECT_EQ(picture.bytes[0], expected.y);
    EXPECT_NEAR(picture.bytes[64], expected.u, 1);
    EXPECT_NEAR(picture.bytes[64 + 16], expected.v, 1);
    // And back: the crop of the painted frame is red within the rounding of 8 bits.
    const Image crop = extract_crop(frame, transform_of_box(0, 0, 8, 8), 8);
    EXPECT_NEAR(crop.pixels[0], 255, 2);
    EXPECT_NEAR(crop.pixels[1], 0, 2);
    EXPECT_NEAR(crop.pixels[2], 0, 2);
  }
}

}  // namespace
}  // namespace ganface
