// SPDX-License-Identifier: MIT
// Tests of the filter that gives completed faces fine detail.
#include "models/sharpening.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <gtest/gtest.h>

#include "nn/layers/frequency_bands.h"

namespace ganface::nn {
namespace {

constexpr int64_t kPictureSide = 64;

// Raises what differs from the mean of its neighbours.
Sharpening raising() { return Sharpening(at::tensor({3.0, -0.3, -0.3, -0.2}).view({2, 2})); }

// Structure that gets finer from left to right.
at::Tensor picture() {
  const at::Tensor x = at::arange(kPictureSide, at::kFloat);
  return (0.3 * at::sin(0.012 * x.square()) * at::cos(0.3 * x.view({kPictureSide, 1})))
      .expand({1, 3, kPictureSide, kPictureSide})
      .contiguous();
}

at::Tensor middle() {
  at::Tensor hole = at::zeros({1, 1, kPictureSide, kPictureSide});
  hole.slice(2, 16, 48).slice(3, 16, 64).fill_(1);
  return hole;
}

TEST(Sharpening, RaisesFineDetailInTheHoleAndKeepsTheRest) {
  const at::Tensor before = picture(), hole = middle();
  const at::Tensor after = raising()(before, hole);
  EXPECT_EQ(((after - before) * (1 - hole)).abs().max().item<double>(), 0);
  const auto finest = [&](const at::Tensor& x) {
    return ((x - without_band(x, 0)).square() * hole).sum().item<double>();
  };
  EXPECT_GT(finest(after), 1.5 * finest(before));
  // Single pixels between known ones are known well enough.
  at::Tensor scattered = at::zeros_like(hole);
  scattered.slice(2, 0, kPictureSide, 2).fill_(1);
  EXPECT_TRUE(raising()(before, scattered).equal(before));
}

TEST(Sharpening, LeavesEvenColoursAndAddsLittleToSkin) {
  const at::Tensor hole = middle(), even = at::full({1, 3, kPictureSide, kPictureSide}, 0.4);
  EXPECT_LT((raising()(even, hole) - even).abs().max().item<double>(), 1e-5);
  at::Generator random = at::detail::createCPUGenerator(3);
  const at::Tensor noise = at::randn({1, 3, kPictureSide, kPictureSide}, random);
  const auto gain = [&](double size) {
    const at::Tensor x = size * noise;
    return (((raising()(x, hole) - x).square() * hole).sum() / (x.square() * hole).sum())
        .item<double>();
  };
  EXPECT_LT(10 * gain(0.01), gain(0.3));
}

TEST(Sharpening, DoesNotRingBesideAnEdge) {
  at::Tensor edge = at::full({1, 3, kPictureSide, kPictureSide}, -0.5);
  edge.slice(3, 40).fill_(0.5);
  const at::Tensor sharp = raising()(edge, middle());
  EXPECT_LE(sharp.max().item<float>(), 0.5);
  EXPECT_GE(sharp.min().item<float>(), -0.5);
}

TEST(Sharpening, IsReadAsWritten) {
  const Sharpening read = Sharpening::from_text(raising().text());
  EXPECT_TRUE(read(picture(), middle()).allclose(raising()(picture(), middle()), 1e-5, 1e-5));
  EXPECT_TRUE(Sharpening().is_empty());
  EXPECT_TRUE(Sharpening()(picture(), middle()).equal(picture()));
  for (const char* text : {"", "1 2", "1 x 3 4", "1 nan 3 4", "1 2 3 4,"})
    EXPECT_THROW(Sharpening::from_text(text), Error) << text;
}

}  // namespace
}  // namespace ganface::nn
