// SPDX-License-Identifier: MIT
// Owns the unit tests of PSNR and SSIM.
#include <ganface/error.h>
#include <ganface/metrics.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "temporary_folder.h"

namespace ganface {
namespace {

Image noise(int side, unsigned seed) {
  Image image(side, side, 3);
  std::mt19937 engine(seed);
  for (uint8_t& pixel : image.pixels) pixel = static_cast<uint8_t>(engine() % 256);
  return image;
}

TEST(Psnr, OfAConstantDifference) {
  const Image truth(8, 8, 3, 100), image(8, 8, 3, 110);
  EXPECT_NEAR(psnr(image, truth), 20 * std::log10(255.0 / 10), 1e-12);
}

TEST(Psnr, CountsOnlyTheChosenPixels) {
  const Image truth(8, 8, 3, 100);
  Image image = truth, where(8, 8, 1);
  image.row(3)[3 * 2] = 116;  // one channel of pixel (2, 3)
  where.row(3)[2] = where.row(0)[0] = 255;
  // Six samples, one of them 16 off.
  EXPECT_NEAR(psnr(image, truth, where), 10 * std::log10(255.0 * 255 * 6 / 256), 1e-12);
  where.row(3)[2] = 0;
  EXPECT_EQ(psnr(image, truth, where), 100);
}

TEST(Ssim, IsOneForEqualImagesAndFallsWithNoise) {
  const Image truth = noise(32, 1);
  EXPECT_DOUBLE_EQ(ssim(truth, truth), 1);
  EXPECT_LT(std::abs(ssim(noise(32, 2), truth)), 0.1);
}

TEST(Ssim, OfFlatImagesIsTheLuminanceTerm) {
  // Without variance SSIM is (2 a b + C1) / (a^2 + b^2 + C1), C1 = (0.01 * 255)^2.
  const Image truth(16, 16, 3, 100), image(16, 16, 3, 150);
  EXPECT_NEAR(ssim(image, truth), (2 * 100 * 150 + 6.5025) / (10000 + 22500 + 6.5025), 1e-9);
}

TEST(Metrics, RefuseImagesThatDifferInSizeAndAnEmptyChoice) {
  const Image small(4, 4, 3), large(8, 8, 3);
  testing::expect_error(ErrorCode::kInput, {"differ in size"}, [&] { psnr(small, large); });
  testing::expect_error(ErrorCode::kInput, {"no pixel"},
                        [&] { ssim(large, large, Image(8, 8, 1)); });
}

}  // namespace
}  // namespace ganface
