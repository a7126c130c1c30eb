// SPDX-License-Identifier: MIT
// Owns the unit tests of how a generated hole meets the picture.
#include "repair/blend.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace ganface::repair {
namespace {

Image square_hole(int side, int first, int last) {
  Image hole(side, side, 1);
  for (int y = first; y <= last; ++y)
    for (int x = first; x <= last; ++x) hole.row(y)[x] = 255;
  return hole;
}

TEST(BlendAlpha, FallsLinearlyOverTheFeather) {
  const Image alpha = blend_alpha(square_hole(16, 6, 9), Blend::kFeather, 2);
  const uint8_t expected[] = {0, 0, 0, 0, 85, 170, 255, 255};
  for (int x = 0; x < 8; ++x) EXPECT_EQ(alpha.row(7)[x], expected[x]) << x;
  EXPECT_EQ(alpha.row(5)[5], 85);  // city-block distance 2
}

TEST(BlendAlpha, IsTheHoleItselfWithoutAFeather) {
  const Image hole = square_hole(16, 6, 9);
  EXPECT_EQ(blend_alpha(hole, Blend::kNone, 2).pixels, hole.pixels);
  EXPECT_EQ(blend_alpha(hole, Blend::kPoisson, 2).pixels, hole.pixels);
}

TEST(BlendImages, MixesByAlphaAndRounds) {
  Image alpha(2, 1, 1);
  alpha.pixels = {0, 128};
  const Image mixed = blend_images(Image(2, 1, 3, 100), Image(2, 1, 3, 201), alpha);
  EXPECT_EQ(mixed.pixels[0], 100);
  EXPECT_EQ(mixed.pixels[3], 151);  // 100 + 101 * 128 / 255 = 150.7
}

// The shift is harmonic: with border differences that are linear in x it is that linear function.
TEST(BlendPoisson, ShiftsByTheHarmonicContinuationOfTheBordersDifferences) {
  Image crop(16, 16, 3), completion(16, 16, 3);
  for (int y = 0; y < 16; ++y)
    for (int i = 0; i < 48; ++i) {
      completion.row(y)[i] = static_cast<uint8_t>(40 + (y * 7 + i * 5) % 30);
      crop.row(y)[i] = static_cast<uint8_t>(completion.row(y)[i] + 3 * (i / 3) + 10);
    }
  const Image hole = square_hole(16, 3, 12);
  Image damaged = crop;
  for (size_t i = 0; i < damaged.pixels.size(); ++i)
    if (hole.pixels[i / 3] != 0) damaged.pixels[i] = 128;
  const Image blended = blend_poisson(damaged, completion, hole);
  for (size_t i = 0; i < crop.pixels.size(); ++i)
    ASSERT_LE(std::abs(blended.pixels[i] - crop.pixels[i]), 1) << i;
}

TEST(BlendPoisson, KeepsTheCropOutsideTheHoleAndTheCompletionWithoutABorder) {
  const Image crop(8, 8, 3, 30), completion(8, 8, 3, 90);
  EXPECT_EQ(blend_poisson(crop, completion, Image(8, 8, 1)).pixels, crop.pixels);
  EXPECT_EQ(blend_poisson(crop, completion, Image(8, 8, 1, 255)).pixels, completion.pixels);
}

}  // namespace
}  // namespace ganface::repair
