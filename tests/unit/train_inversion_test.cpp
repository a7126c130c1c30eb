// SPDX-License-Identifier: MIT
// Owns the unit tests of the encoder that plays along, and of random numbers shared by processes.
#include "train/adversarial/inversion_player.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "train/adversarial/training_holes.h"

namespace ganface::train {
namespace {

TEST(DistanceFromPrior, IsSmallForUniformVectorsAndAThirdForZeros) {
  at::Generator generator = at::detail::createCPUGenerator(3);
  at::Tensor directions = at::randn({100, 200}, generator);
  directions = directions / directions.norm(2, {0}, true);
  const at::Tensor uniform = at::rand({2000, 100}, generator) * 2 - 1;
  // Of 2000 samples the quantiles of a standard deviation of 0.58 are known to about 0.02.
  EXPECT_LT(distance_from_prior(uniform, directions).item<float>(), 0.001f);
  // Zeros: the mean square of the quantiles, which is the variance 1/3 but for the tails that 2000
  // quantiles leave out.
  EXPECT_NEAR(distance_from_prior(at::zeros({2000, 100}), directions).item<float>(), 1.f / 3,
              0.002f);
  // Moved by 0.1 in each of 100 dimensions: 0.01 along a direction on average.
  EXPECT_NEAR(distance_from_prior(uniform + 0.1, directions).item<float>(), 0.01f, 0.003f);
}

TEST(MeanHoleError, WeighsHolesOfEverySizeAlikeAndSkipsTheRest) {
  at::Tensor error = at::full({3, 3, 4, 4}, 9.f), holes = at::zeros({3, 1, 4, 4});
  holes[0][0][1][1] = 1;
  error[0].select(1, 1).select(1, 1).fill_(2);
  holes[1].fill_(1);
  error[1].fill_(4);
  EXPECT_FLOAT_EQ(mean_hole_error(error, holes).item<float>(), (2.f + 4.f + 0.f) / 3);
}

TEST(Damage, LeavesEveryThirdFaceWhole) {
  RandomSource random(1);
  const DamagedBatch batch = damage(at::zeros({9, 3, 16, 16}), random);
  for (int64_t i = 0; i < 9; ++i) EXPECT_EQ(batch.holes[i].any().item<bool>(), i % 3 != 0) << i;
}

TEST(DrawHoles, AreZerosAndOnesOfManyKindsAndFixedBySeed) {
  RandomSource random(5), again(5);
  const at::Tensor holes = draw_holes(64, 16, random);
  EXPECT_TRUE(at::equal(holes, draw_holes(64, 16, again)));
  EXPECT_TRUE(at::equal(holes, (holes > 0.5).to(torch::kFloat32)));
  const at::Tensor areas = holes.flatten(1).mean(1);
  EXPECT_GT(areas.min().item<float>(), 0.f);
  EXPECT_GT(areas.max().item<float>(), 0.7f);  // 80 % at random
  EXPECT_LT(areas.min().item<float>(), 0.2f);  // the eyes
}

TEST(RandomSource, GivesProcessesThePartsOfTheWhole) {
  RandomSource whole(7), first(7, 0, 2), second(7, 1, 2);
  for (int repeat = 0; repeat < 2; ++repeat) {
    const at::Tensor z = whole.latent(6, 5), n = whole.whole(6, 3, 5);
    EXPECT_TRUE(at::equal(at::cat({first.latent(3, 5), second.latent(3, 5)}), z));
    EXPECT_TRUE(at::equal(at::cat({first.whole(3, 3, 5), second.whole(3, 3, 5)}), n));
    EXPECT_GE(n.min().item<int64_t>(), 3);
    EXPECT_LE(n.max().item<int64_t>(), 5);
    EXPECT_LE(z.abs().max().item<float>(), 1.f);
  }
}

}  // namespace
}  // namespace ganface::train
