// SPDX-License-Identifier: MIT
// Checks that a completion gets the noise of the picture around it, and no more.
#include <ganface/grain.h>
#include <ganface/holes.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace ganface {
namespace {

constexpr int kSide = 128;

// A slope of grey with an edge, and noise.
Image picture(double deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 1);
  Image image(kSide, kSide, 3);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const double value = 80 + 0.5 * x + (y > 100 ? 40 : 0) + deviation * noise(random);
      for (int c = 0; c < 3; ++c)
        image.row(y)[3 * x + c] = static_cast<uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
    }
  return image;
}

const Image& hole() {
  static const Image centre = region_hole(Region::kCenter, kSide, 0);
  return centre;
}

TEST(Grain, NoiseIsMeasuredBesideEdges) {
  const Image everywhere(kSide, kSide, 1, 255);
  for (const double deviation : {2.0, 4.0, 8.0})
    EXPECT_NEAR(noise_level(picture(deviation, 1), everywhere), deviation, 0.1 * deviation);
  EXPECT_LT(noise_level(picture(0, 1), everywhere), 0.3);
  EXPECT_EQ(noise_level(picture(4, 1), Image(kSide, kSide, 1)), 0);
}

TEST(Grain, ACompletionBecomesAsNoisyAsThePictureAndNoMore) {
  const Image crop = picture(5, 1);
  Image completion = picture(0, 1);
  match_grain(completion, crop, hole(), 7);
  EXPECT_NEAR(noise_level(completion, hole()), 5, 0.6);
  const Image once = completion;
  match_grain(completion, crop, hole(), 8);
  EXPECT_NEAR(noise_level(completion, hole()), 5, 0.8);
  const Image plain = picture(0, 1);
  for (size_t i = 0; i < hole().pixels.size(); ++i)
    if (hole().pixels[i] == 0) {
      ASSERT_EQ(once.pixels[3 * i], plain.pixels[3 * i]);
    }
}

TEST(Grain, ASeedGivesTheSameNoiseAndACleanPictureNone) {
  const Image crop = picture(5, 1), plain = picture(0, 1);
  Image first = plain, second = plain, other = plain, clean = plain;
  match_grain(first, crop, hole(), 7);
  match_grain(second, crop, hole(), 7);
  match_grain(other, crop, hole(), 8);
  match_grain(clean, plain, hole(), 7);
  EXPECT_EQ(first.pixels, second.pixels);
  EXPECT_NE(first.pixels, other.pixels);
  EXPECT_EQ(clean.pixels, plain.pixels);
}

}  // namespace
}  // namespace ganface
