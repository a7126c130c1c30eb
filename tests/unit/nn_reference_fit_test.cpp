// SPDX-License-Identifier: MIT
// Tests of the fit of a reference to a crop as a whole.
#include "nn/registration/reference_fit.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/face_network_sizes.h"

namespace ganface::nn {
namespace {

constexpr int64_t kCropSide = kCompletionSize, kCells = kFieldSize;
constexpr double kShift = 0.05, kTurn = 0.06, kStretch = 0.03, kGain = 0.85, kSlope = 0.1;

// Smooth colours at places [1, 2, h, w], with something to see everywhere.
at::Tensor colours_at(const at::Tensor& places) {
  const at::Tensor x = places.slice(1, 0, 1), y = places.slice(1, 1, 2);
  return at::cat({at::sin(9 * x + 2 * y), at::cos(7 * y - 3 * x), at::sin(6 * x * y + 8 * y)}, 1) *
         0.4;
}

at::Tensor similarity(const at::Tensor& places) {
  const at::Tensor x = places.slice(1, 0, 1), y = places.slice(1, 1, 2);
  return at::cat({kShift + kStretch * x - kTurn * y, -kShift + kTurn * x + kStretch * y}, 1);
}

struct HalfMissing {
  at::Tensor crop, hole, reference, valid;
  ReferenceField true_field;

  at::Tensor seen_before() const { return at::cat({reference * valid, valid}, 1); }
};

// The reference moved by the similarity and relit; the right half is missing.
HalfMissing half_missing() {
  const at::Tensor pixels = pixel_centres(kCropSide, at::zeros({1})),
                   cells = pixel_centres(kCells, at::zeros({1}));
  const at::Tensor gain = kGain + kSlope * pixels.slice(1, 0, 1);
  HalfMissing scene;
  scene.reference = colours_at(pixels);
  scene.valid = at::ones({1, 1, kCropSide, kCropSide});
  scene.crop = (colours_at(pixels + similarity(pixels)) + 1) * gain - 1;
  scene.hole = at::zeros({1, 1, kCropSide, kCropSide});
  scene.hole.slice(3, kCropSide / 2).fill_(1);
  const at::Tensor coarse_gain = (kGain + kSlope * cells.slice(1, 0, 1)).expand({1, 3, -1, -1});
  scene.true_field = {similarity(cells), coarse_gain, coarse_gain - 1};
  return scene;
}

ReferenceField unmoved() {
  return {at::zeros({1, 2, kCells, kCells}), at::ones({1, 3, kCells, kCells}),
          at::zeros({1, 3, kCells, kCells})};
}

double most(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

TEST(ReferenceFit, FindsTheWayAndTheLightInTheHoleFromTheOtherHalf) {
  HalfMissing scene = half_missing();
  scene.crop.masked_fill_(scene.hole.gt(0), 0.9);
  const ReferenceField field = fitted(unmoved(), scene.crop, scene.hole, scene.seen_before());
  const auto in_hole = [](const at::Tensor& x) { return x.slice(3, kCells / 2 + 2); };
  EXPECT_GT(most(in_hole(scene.true_field.flow)), 0.1);
  EXPECT_LT(most(in_hole(field.flow - scene.true_field.flow)), 0.01);
  const at::Tensor shown = colours_at(pixel_centres(kCells, at::zeros({1})));
  const auto lit = [&](const ReferenceField& own) {
    return in_hole(shown * own.gain + own.offset);
  };
  EXPECT_LT(most(lit(field) - lit(scene.true_field)), 0.03);
  EXPECT_GT(most(lit(unmoved()) - lit(scene.true_field)), 0.15);
}

TEST(ReferenceFit, LeavesAFieldThatItCannotBetter) {
  HalfMissing scene = half_missing();
  // Another picture: nothing fits.
  at::Generator random = at::detail::createCPUGenerator(4);
  scene.reference = at::rand(scene.reference.sizes(), random) * 2 - 1;
  ReferenceField own = unmoved();
  own.gain.zero_();  // flat grey, which is nearer than any part of the noise
  own.offset.copy_(at::adaptive_avg_pool2d(scene.crop, {kCells, kCells}));
  const ReferenceField field = fitted(own, scene.crop, scene.hole, scene.seen_before());
  EXPECT_EQ(most(field.flow), 0);
  EXPECT_EQ(most(field.offset - own.offset), 0);
  // Nothing is known of the reference, or nothing of the crop is kept.
  for (const bool reference : {true, false}) {
    HalfMissing empty = half_missing();
    (reference ? empty.valid.zero_() : empty.hole.fill_(1));
    const ReferenceField kept = fitted(unmoved(), empty.crop, empty.hole, empty.seen_before());
    EXPECT_EQ(most(kept.flow), 0);
    EXPECT_EQ(most(kept.gain - 1), 0);
  }
}

TEST(ReferenceFit, FitsEachFaceOfABatchByItself) {
  const HalfMissing scene = half_missing();
  const auto twice = [](const at::Tensor& a, const at::Tensor& b) { return at::cat({a, b}); };
  const ReferenceField one = unmoved();
  const ReferenceField both =
      fitted({twice(one.flow, one.flow), twice(one.gain, one.gain), twice(one.offset, one.offset)},
             twice(scene.crop, scene.reference), twice(scene.hole, scene.hole),
             twice(scene.seen_before(), scene.seen_before()));
  const ReferenceField alone = fitted(one, scene.crop, scene.hole, scene.seen_before());
  EXPECT_LT(most(both.flow.slice(0, 0, 1) - alone.flow), 1e-4);
  EXPECT_LT(most(both.flow.slice(0, 1)), 1e-3);
}

TEST(ReferenceFit, LaysAnEarlierLookOverACropThatSomethingCovers) {
  HalfMissing scene = half_missing();
  const at::Tensor truth = scene.crop.clone();
  const at::Tensor covered = at::zeros_like(scene.hole);
  covered.slice(2, 40, 80).slice(3, 30, 90).fill_(1);  // which nobody expects
  scene.crop = at::where(covered.gt(0), at::full_like(truth, 0.7), truth);
  const LaidReference look = laid_over(scene.crop, at::ones_like(scene.hole), scene.seen_before());
  EXPECT_GT(look.known.mean().item<double>(), 0.8);
  EXPECT_LT(most((look.picture - truth) * look.known), 0.1);
  EXPECT_GT(((look.picture - scene.crop) * covered).abs().sum().item<double>() /
                covered.sum().item<double>(),
            0.3);
  for (const bool reference : {true, false}) {
    const HalfMissing empty = half_missing();
    const at::Tensor kept = reference ? at::ones_like(empty.hole) : at::zeros_like(empty.hole);
    if (reference) empty.valid.zero_();
    const LaidReference nothing = laid_over(empty.crop, kept, empty.seen_before());
    EXPECT_EQ(most(nothing.known), 0);
    EXPECT_EQ(most(nothing.picture - empty.crop), 0);
  }
}

TEST(ReferenceFit, RefusesAReferenceOfAnotherSize) {
  EXPECT_THROW(
      laid_over(at::zeros({1, 3, 64, 64}), at::ones({1, 1, 64, 64}), at::zeros({1, 4, 32, 32})),
      c10::Error);
  EXPECT_THROW(
      laid_over(at::zeros({1, 3, 64, 64}), at::ones({1, 1, 64, 64}), at::zeros({1, 3, 64, 64})),
      c10::Error);
  EXPECT_THROW(
      laid_over(at::zeros({2, 3, 64, 64}), at::ones({2, 1, 64, 64}), at::zeros({1, 4, 64, 64})),
      c10::Error);
}

}  // namespace
}  // namespace ganface::nn
