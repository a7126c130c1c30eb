// SPDX-License-Identifier: MIT
// Tests of what another photograph of a person gives to a completed face.
#include "repair/person_detail.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/face_network_sizes.h"
#include "nn/kernels/sampling.h"
#include "nn/layers/frequency_bands.h"

namespace ganface::nn {
namespace {

constexpr int64_t kSide = kCompletionSize;

// Colours with structure of every size at places [1, 2, h, w].
at::Tensor colours(const at::Tensor& places, double turn = 0) {
  const at::Tensor x = places.slice(1, 0, 1), y = places.slice(1, 1, 2);
  const at::Tensor waves = 0.2 * at::sin(5 * x - 4 * y + turn) +
                           0.15 * at::sin(15 * x + 6 * y * y + turn) * at::cos(14 * y + turn) +
                           0.1 * at::sin(31 * x * y + 24 * y - turn) +
                           0.08 * at::cos(55 * x + turn);
  return at::cat({waves, 0.8 * waves - 0.1, 0.9 * waves + 0.1 * x}, 1);
}

// How the person has moved between the photographs: not as a whole.
at::Tensor motion(const at::Tensor& places) {
  const at::Tensor x = places.slice(1, 0, 1), y = places.slice(1, 1, 2);
  return at::cat({0.04 + 0.03 * x * x - 0.02 * y, -0.03 + 0.03 * x + 0.02 * x * y}, 1);
}

// A face completed softly, and a photograph in other light whose flow to it is motion().
struct Scene {
  at::Tensor places = pixel_centres(kSide, at::zeros({1}));
  at::Tensor truth = colours(places + motion(places));
  at::Tensor hole = at::zeros({1, 1, kSide, kSide});
  at::Tensor completed, photograph, known = at::ones({1, 1, kSide, kSide});

  Scene() {
    hole.slice(2, 24, 104).slice(3, 24, 104).fill_(1);
    completed = truth + hole * (without_bands(truth, 2) - truth);
    photograph = (colours(places) + 1) * (0.6 + 0.1 * places.slice(1, 0, 1)) - 1;
  }
  PersonDetail detail() const {
    return lay_photograph(completed, hole, at::cat({photograph * known, known}, 1));
  }
};

double average(const at::Tensor& x) { return x.mean().item<double>(); }

TEST(PersonDetail, BringsAPhotographOfAnotherPoseAndLightIntoPlace) {
  const Scene scene;
  const PersonDetail detail = scene.detail();
  const at::Tensor middle = (detail.field.flow - motion(pixel_centres(kFieldSize, scene.places)))
                                .slice(2, 3, 13)
                                .slice(3, 3, 13);
  EXPECT_LT(middle.abs().max().item<double>(), 0.5 * 2 / kSide) << "half a pixel";
  const auto off = [&](const at::Tensor& picture) {
    return average((picture - scene.truth).slice(2, 32, 96).slice(3, 32, 96).abs());
  };
  EXPECT_LT(off(detail.picture), 0.25 * off(scene.photograph));
  EXPECT_LT(off(detail.picture), 0.7 * off(scene.completed)) << "it is not soft";
}

TEST(PersonDetail, GivesACompletionTheDetailThatItLacks) {
  const Scene scene;
  const PersonDetail detail = scene.detail();
  const at::Tensor out = with_detail(scene.completed, scene.completed, detail);
  const auto off = [&](const at::Tensor& picture) {
    return average((picture - scene.truth).slice(2, 44, 84).slice(3, 44, 84).abs());
  };
  EXPECT_LT(off(out), 0.5 * off(scene.completed));
  EXPECT_EQ(average((out - scene.completed).abs() * (1 - scene.hole)), 0) << "outside the hole";
  // Where nothing comes from the photograph the sharpened completion stays.
  PersonDetail none = detail;
  none.share = at::zeros_like(detail.share);
  EXPECT_TRUE(at::equal(with_detail(scene.completed, scene.truth, none), scene.truth));
}

TEST(PersonDetail, TakesNothingFromWhatIsUnknownOrUnlike) {
  Scene scene;
  scene.known.slice(3, 0, kSide / 2).fill_(0);
  const at::Tensor share = scene.detail().share;
  EXPECT_EQ(average(share.slice(3, 0, 50)), 0);
  EXPECT_GT(average(share.slice(2, 44, 84).slice(3, 75, 90)), 0.5);

  Scene other;
  torch::manual_seed(1);
  other.photograph = without_bands(at::randn({1, 3, kSide, kSide}), 3).mul(3).clamp(-1, 1);
  EXPECT_LT(average(other.detail().share), 0.02);
  other.known.fill_(0);
  const PersonDetail nothing = other.detail();
  EXPECT_EQ(average(nothing.share), 0);
  EXPECT_TRUE(at::isfinite(nothing.picture).all().item<bool>());
}

}  // namespace
}  // namespace ganface::nn
