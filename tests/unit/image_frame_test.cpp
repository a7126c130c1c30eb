// SPDX-License-Identifier: MIT
// Owns the unit tests of the way between a frame and a canonical crop.
#include <ganface/error.h>
#include <ganface/frame.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "temporary_folder.h"

namespace ganface {
namespace {

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
  const Image crop = extract_crop(frame_of(image), transform_of_box(10, 5, 16, 16), 16);
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
  const Image crop = extract_crop(frame_of(image), turned, 16);
  EXPECT_EQ(crop.row(0)[0], 27);  // red: frame x of the canonical top left
  EXPECT_EQ(crop.row(0)[1], 12);  // green: its frame y
  EXPECT_EQ(crop.row(0)[3 * 15 + 1], 27);
  EXPECT_EQ(crop.row(15)[0], 12);
}

TEST(ExtractCrop, RepeatsTheBorderOutsideTheFrame) {
  Image image = coordinates(20, 20);
  const Image crop = extract_crop(frame_of(image), transform_of_box(-8, -8, 16, 16), 16);
  EXPECT_EQ(crop.row(0)[0], 0);
  EXPECT_EQ(crop.row(15)[3 * 15], 7);
}

TEST(ExtractCrop, RefusesATransformWithoutAnInverse) {
  Image image(8, 8, 3);
  testing::expect_error(ErrorCode::kInput, {"no inverse"}, [&] {
    extract_crop(frame_of(image), {1, 1, 0, 1, 1, 0}, 8);
  });
  for (const double shift : {std::nan(""), HUGE_VAL, 1e300})
    testing::expect_error(ErrorCode::kInput, {"no inverse"}, [&] {
      extract_crop(frame_of(image), {0.1, 0, shift, 0, 0.1, 0}, 8);
    });
}

TEST(CompositeCrop, ReplacesMixesAndKeepsByAlpha) {
  Image image(8, 8, 3, 100);
  Frame frame = frame_of(image);
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

// Its inverse takes a corner of the crop to x = 2.7e9 pixels, and the frame lies outside of it.
TEST(CompositeCrop, LeavesAFrameAloneThatLiesFartherAwayThanAnIntCounts) {
  constexpr double kFar = 9e8;
  // Of x = kFar (u + v + 1), y = kFar (v - u).
  const CanonicalTransform transform{0.5 / kFar, -0.5 / kFar, -0.5, 0.5 / kFar, 0.5 / kFar, -0.5};
  Image image = coordinates(6, 4);
  const std::vector<uint8_t> before = image.pixels;
  Frame frame = frame_of(image);
  composite_crop(frame, transform, Image(4, 4, 3, 200), Image(4, 4, 1, 255));
  paint_hole(frame, transform, Image(4, 4, 1, 255), {1, 2, 3});
  EXPECT_EQ(image.pixels, before);
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

TEST(ExtractCrop, TakesChromaFromWhereItsSamplesStand) {
  // U rises by 10 a chroma column: at 2 i + 0.5 pixels (MPEG-2) or 2 i + 1 (JPEG).
  Yuv picture(16, 4);
  std::fill(picture.bytes.begin(), picture.bytes.end(), uint8_t{128});
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 8; ++x)
      picture.bytes[static_cast<size_t>(16 * 4 + y * 8 + x)] = static_cast<uint8_t>(100 + 10 * x);
  for (const double chroma_x : {0.5, 1.0}) {
    Frame frame = picture.view(true, 0.299, 0.114);
    frame.chroma_x = chroma_x;
    const Image crop = extract_crop(frame, transform_of_box(4, 0, 4, 4), 4);
    // Pixel 6 has its centre at 6.5; blue is 128 + 1.772 (U - 128).
    const double u = 100 + 10 * (6.5 - chroma_x) / 2;
    EXPECT_EQ(crop.row(1)[3 * 2 + 2], std::lround(128 + 1.772 * (u - 128))) << chroma_x;
    // To look at, the nearest sample does: U is 130.
    EXPECT_EQ(to_image(frame).row(1)[3 * 6 + 2], std::lround(128 + 1.772 * 2));
  }
}

TEST(FrameOf, ReadsImagesOfOneAndOfThreeChannels) {
  Image grey(5, 3, 1, 90);
  grey.row(2)[4] = 200;
  const Image image = to_image(frame_of(std::as_const(grey)));
  EXPECT_EQ(image.row(2)[3 * 4 + 1], 200);
  EXPECT_EQ(image.row(2)[3 * 3 + 2], 90);
  Image rgb = coordinates(6, 4);
  const FrameView same = frame_of(rgb);  // one to write to may also be read
  EXPECT_EQ(to_image(same).pixels, rgb.pixels);
  EXPECT_EQ(to_image(frame_of(std::as_const(rgb))).pixels, rgb.pixels);
  testing::expect_error(ErrorCode::kInput, {"2 channels"}, [] {
    frame_of(ImageView{nullptr, 1, 1, 2, 2});
  });
}

TEST(ToImage, ConvertsEveryMatrixAndRange) {
  for (const bool full : {false, true})
    for (const auto& [kr, kb] : {std::pair{0.299, 0.114}, {0.2126, 0.0722}}) {
      Yuv picture(16, 4);
      for (size_t i = 0; i < picture.bytes.size(); ++i)
        picture.bytes[i] = static_cast<uint8_t>(60 + 37 * i % 140);
      // Chroma without steps, so that where it is sampled does not matter.
      std::fill(picture.bytes.begin() + 16 * 4, picture.bytes.begin() + 16 * 4 + 16, uint8_t{110});
      std::fill(picture.bytes.begin() + 16 * 4 + 16, picture.bytes.end(), uint8_t{150});
      const Frame frame = picture.view(full, kr, kb);
      const Image image = to_image(frame);
      const Image crop = extract_crop(frame, transform_of_box(4, 0, 4, 4), 4);
      for (int y = 0; y < 4; ++y)
        for (int i = 0; i < 12; ++i)
          EXPECT_NEAR(image.row(y)[3 * 4 + i], crop.row(y)[i], 1)
              << full << kr << " " << y << "," << i;
    }
}

TEST(TransparentHole, IsWhateverATransparentPixelTouches) {
  Image opacity(8, 8, 1, 255);
  opacity.row(2)[5] = 127;
  opacity.row(6)[1] = 128;
  Image picture(8, 8, 3);
  Frame frame = frame_of(picture);
  const CanonicalTransform whole = transform_of_box(0, 0, 8, 8);
  EXPECT_THROW(transparent_hole(frame, whole, 8), Error);
  frame.alpha = {opacity.pixels.data(), 8, 1};
  const auto cells = [&](const CanonicalTransform& transform, int size) {
    const Image hole = transparent_hole(frame, transform, size);
    std::vector<std::pair<int, int>> set;
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x)
        if (hole.row(y)[x] == 255) set.emplace_back(x, y);
    return set;
  };
  using Cells = std::vector<std::pair<int, int>>;
  EXPECT_EQ(cells(whole, 8), (Cells{{5, 2}}));
  EXPECT_EQ(cells(whole, 2), (Cells{{0, 0}, {1, 0}, {0, 1}, {1, 1}})) << "one of sixteen is enough";
  EXPECT_EQ(cells(whole, 16), (Cells{{10, 4}, {11, 4}, {10, 5}, {11, 5}}));
  EXPECT_EQ(cells(transform_of_box(0, 0, 4, 4), 4), Cells{}) << "outside the crop";
}

TEST(CompositeCrop, MakesWhatItFillsOpaque) {
  Image opacity(4, 4, 1, 10);
  Image picture(4, 4, 3), completion(4, 4, 3, 200), alpha(4, 4, 1);
  alpha.row(2)[1] = 255;
  Frame frame = frame_of(picture);
  frame.alpha = {opacity.pixels.data(), 4, 1};
  composite_crop(frame, transform_of_box(0, 0, 4, 4), completion, alpha);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4; ++x) {
      EXPECT_EQ(opacity.row(y)[x], y == 2 && x == 1 ? 255 : 10);
      EXPECT_EQ(picture.row(y)[3 * x], y == 2 && x == 1 ? 200 : 0);
    }
}

}  // namespace
}  // namespace ganface
