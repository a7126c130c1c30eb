// SPDX-License-Identifier: MIT
// Tests of the colours that completions of black-and-white and toned pictures get.
#include "repair/toning.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

namespace ganface::repair {
namespace {

constexpr int kSide = 64;

// Every luma, times a gain a colour, with a codec's noise in the colours.
Image toned(const std::array<double, 3>& gains, double noise) {
  std::mt19937 random(3);
  std::normal_distribution<double> error(0, noise > 0 ? noise : 1);
  Image image(kSide, kSide, 3);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const auto luma = static_cast<double>(i / 3 * 251 % 200);
    image.pixels[i] = static_cast<uint8_t>(
        std::min(255.0, std::max(0.0, luma * gains[i % 3] + (noise > 0 ? error(random) : 0))));
  }
  return image;
}

const Image kAll(kSide, kSide, 1, 255);

TEST(Toning, AGreyPictureStaysGreyExactly) {
  Image completion(kSide, kSide, 3);
  for (size_t i = 0; i < completion.pixels.size(); ++i)
    completion.pixels[i] = static_cast<uint8_t>(i * 37 % 256);
  follow_toning(completion, toned({1, 1, 1}, 0), kAll, kAll);
  for (size_t i = 0; i < completion.pixels.size(); i += 3) {
    ASSERT_EQ(completion.pixels[i], completion.pixels[i + 1]);
    ASSERT_EQ(completion.pixels[i], completion.pixels[i + 2]);
  }
}

TEST(Toning, SepiaStaysSepiaWithinTwoLevels) {
  Image completion(kSide, kSide, 3, 100);
  follow_toning(completion, toned({1.1, 1, 0.75}, 1), kAll, kAll);
  const uint8_t* p = completion.pixels.data();
  // Luma 100 in that tone: 1.1 x, x, 0.75 x with 0.299 x 1.1 x + 0.587 x + 0.114 x 0.75 x = 100.
  EXPECT_NEAR(p[0], 109.9, 2);
  EXPECT_NEAR(p[1], 99.9, 2);
  EXPECT_NEAR(p[2], 74.9, 2);
}

TEST(Toning, ColouredPicturesAndWhatIsNotPaintedStay) {
  Image crop = toned({1, 1, 1}, 0);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) crop.row(y)[3 * x + y % 2] /= 2;
  const Image before(kSide, kSide, 3, 90);
  Image completion = before;
  completion.pixels[0] = 7;
  Image own = completion;
  follow_toning(own, crop, kAll, kAll);
  EXPECT_EQ(own.pixels, completion.pixels);
  follow_toning(own, toned({1, 1, 1}, 0), kAll, Image(kSide, kSide, 1));
  EXPECT_EQ(own.pixels, completion.pixels);
  // Of which next to nothing is known, that says nothing.
  follow_toning(own, toned({1, 1, 1}, 0), Image(kSide, kSide, 1), kAll);
  EXPECT_EQ(own.pixels, completion.pixels);
  // What is not known of the crop says nothing.
  Image half = toned({1, 1, 1}, 0), known = kAll;
  half.pixels[0] = 255;
  known.pixels[0] = 0;
  follow_toning(own, half, known, kAll);
  EXPECT_EQ(own.pixels[0], own.pixels[1]);
}

}  // namespace
}  // namespace ganface::repair
