// SPDX-License-Identifier: MIT
// Owns the unit tests of the differentiable augmentations.
#include "train/adversarial/augmentation.h"

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace ganface::train {
namespace {

at::Tensor augmented(const at::Tensor& images, const std::string& names, uint64_t seed = 1) {
  RandomSource random(seed);
  return augment(images, augmentation_by_names(names), random);
}

TEST(Augment, WithoutAugmentationsIsTheIdentity) {
  const at::Tensor images = at::randn({2, 3, 16, 16});
  EXPECT_TRUE(at::equal(augmented(images, "none"), images));
}

TEST(Augment, SeedFixesItAndImagesDiffer) {
  const at::Tensor images = at::randn({1, 3, 32, 32}).repeat({4, 1, 1, 1});
  for (const std::string names : {"color", "translation", "cutout", "color,translation,cutout"}) {
    SCOPED_TRACE(names);
    const at::Tensor once = augmented(images, names);
    EXPECT_EQ(once.sizes(), images.sizes());
    EXPECT_TRUE(at::equal(once, augmented(images, names)));
    EXPECT_FALSE(at::equal(once, augmented(images, names, 2)));
    EXPECT_FALSE(at::equal(once[0], once[1]));
  }
}

TEST(Augment, TranslatesByUpToAnEighthAndMovesZerosIn) {
  const at::Tensor images = at::arange(1, 257, at::TensorOptions(torch::kFloat32))
                                .view({1, 1, 16, 16})
                                .repeat({64, 3, 1, 1});
  const at::Tensor moved = augmented(images, "translation");
  bool farthest = false;
  for (int64_t i = 0; i < 64; ++i) {
    // The pixel in the middle, 1 + 16 y + x, tells where it came from.
    const auto value = static_cast<int64_t>(moved[i][0][8][8].item<float>()) - 1;
    const int64_t dx = 8 - value % 16, dy = 8 - value / 16;
    ASSERT_LE(std::abs(dx), 2);
    ASSERT_LE(std::abs(dy), 2);
    farthest = farthest || std::abs(dx) == 2;
    if (dx > 0) {
      EXPECT_EQ(moved[i][0][8][0].item<float>(), 0);
    }
  }
  EXPECT_TRUE(farthest);
}

TEST(Augment, CutsOutAtMostAQuarter) {
  const at::Tensor cut = augmented(at::ones({64, 3, 16, 16}), "cutout");
  const at::Tensor missing = (cut == 0).flatten(1).sum(1);
  EXPECT_EQ(missing.max().item<int64_t>(), 3 * 8 * 8);
  EXPECT_GT(missing.min().item<int64_t>(), 0);
}

TEST(Augment, PassesGradientsThrough) {
  const at::Tensor images = at::randn({4, 3, 16, 16}).requires_grad_(true);
  augmented(images, "translation,cutout").sum().backward();
  // A pixel counts once when it is still seen and not at all when it left.
  const at::Tensor gradient = images.grad();
  EXPECT_TRUE(((gradient == 0) | (gradient == 1)).all().item<bool>());
  EXPECT_GT(gradient.mean().item<float>(), 0.5f);
}

TEST(AugmentationByNames, ListsTheNamesWhenItKnowsNone) {
  EXPECT_FALSE(augmentation_by_names("none").any());
  EXPECT_TRUE(augmentation_by_names("color,cutout").cutout);
  EXPECT_FALSE(augmentation_by_names("color,cutout").translation);
  ganface::testing::expect_error(ErrorCode::kUsage, {"'blur'", "translation"},
                                 [] { augmentation_by_names("color,blur"); });
}

}  // namespace
}  // namespace ganface::train
