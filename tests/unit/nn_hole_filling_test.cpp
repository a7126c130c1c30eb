// SPDX-License-Identifier: MIT
// Owns the unit tests of the smooth filling of what is in a hole.
#include "nn/layers/hole_filling.h"

#include <gtest/gtest.h>

#include <limits>

namespace ganface::nn {
namespace {

TEST(FillHoles, KeepsWhatIsKeptAndIgnoresWhatIsInTheHole) {
  const at::Tensor images = at::randn({2, 3, 16, 16});
  at::Tensor holes = at::zeros({2, 1, 16, 16});
  holes.slice(2, 4, 12).slice(3, 6, 14).fill_(1);
  const at::Tensor filled = fill_holes(images, holes);
  EXPECT_TRUE(at::equal(filled * (1 - holes), images * (1 - holes)));
  const at::Tensor nan = at::full({}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(at::equal(fill_holes(at::where(holes > 0, nan, images), holes), filled));
}

TEST(FillHoles, TakesTheMeanOfTheNearestKeptPixels) {
  // The kept pixels of a 2 x 2 picture are 1 and 3: the others are their mean.
  const at::Tensor image = at::tensor({1.f, 9.f, 9.f, 3.f}).view({1, 1, 2, 2});
  const at::Tensor holes = at::tensor({0.f, 1.f, 1.f, 0.f}).view({1, 1, 2, 2});
  EXPECT_TRUE(
      at::equal(fill_holes(image, holes), at::tensor({1.f, 2.f, 2.f, 3.f}).view({1, 1, 2, 2})));
}

TEST(FillHoles, OfAnEvenPictureIsEvenWhateverTheHole) {
  const at::Tensor image = at::full({1, 3, 32, 32}, 0.5f);
  const at::Tensor holes = (at::rand({1, 1, 32, 32}) < 0.95).to(torch::kFloat32);
  EXPECT_LT((fill_holes(image, holes) - 0.5).abs().max().item<float>(), 1e-6f);
}

// In one form or the other.
TEST(FillHoles, IsTheSameWithGradients) {
  torch::manual_seed(9);
  for (const double missing : {0.1, 0.6, 0.99}) {
    const at::Tensor images = at::randn({2, 3, 32, 32});
    at::Tensor holes = (at::rand({2, 1, 32, 32}) < missing).to(torch::kFloat32);
    holes[0].slice(1, 0, 20).fill_(1);
    const at::Tensor differentiated = fill_holes(images.clone().requires_grad_(), holes);
    ASSERT_TRUE(differentiated.requires_grad());
    EXPECT_LT((differentiated - fill_holes(images, holes)).abs().max().item<float>(), 1e-5f);
  }
}

TEST(FillHoles, WithoutAKeptPixelIsZero) {
  EXPECT_TRUE(at::equal(fill_holes(at::ones({1, 3, 8, 8}), at::ones({1, 1, 8, 8})),
                        at::zeros({1, 3, 8, 8})));
}

TEST(FillHoles, RefusesOtherSides) {
  const auto refuses = [](at::IntArrayRef images, at::IntArrayRef holes) {
    EXPECT_THROW(fill_holes(at::ones(images), at::ones(holes)), c10::Error) << images << holes;
  };
  refuses({1, 3, 12, 12}, {1, 1, 12, 12});
  refuses({1, 3, 8, 16}, {1, 1, 8, 16});
  refuses({2, 3, 8, 8}, {1, 1, 8, 8});
  refuses({1, 3, 8, 8}, {1, 1, 4, 4});
  refuses({3, 8, 8}, {1, 8, 8});
}

}  // namespace
}  // namespace ganface::nn
