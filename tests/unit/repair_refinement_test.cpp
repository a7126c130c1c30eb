// SPDX-License-Identifier: MIT
// Checks what the second stage of a completion changes, and that it changes nothing else.
#include "repair/refinement.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ganface/holes.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "models/completion_network.h"

namespace ganface {
namespace {

// A network that adds `change` of the range of [-1, 1] to each pixel of a hole.
nn::RefinementNetwork adding(double change) {
  torch::NoGradGuard no_gradient;
  nn::RefinementNetwork network{nn::Execution{}};
  nn::initialise_completion(*network, at::detail::createCPUGenerator(1));
  for (auto& item : network->named_parameters())
    if (item.key() == "head.bias") item.value().fill_(change);
  network->eval();
  return network;
}

Image slope(int side) {
  Image image(side, side, 3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < 3 * side; ++x)
      image.row(y)[x] = static_cast<uint8_t>(60 + 100 * y / side + x % 3);
  return image;
}

// Share of the change in a row of a crop: eyes and brows, not mouths.
double upper_share(int y, int side) {
  return std::clamp((0.53 - (y + 0.5) / side) / (0.53 - 0.47), 0.0, 1.0);
}

at::Tensor everywhere(double share) { return at::full({1, 1, 128, 128}, share); }

TEST(Refinement, ChangesTheHolesUpperPartAloneByItsShareAtEverySide) {
  torch::NoGradGuard no_gradient;
  nn::RefinementNetwork network = adding(0.2);
  for (const int side : {128, 180, 256, 512}) {
    const Image crop = slope(side), hole = region_hole(Region::kCenter, side, 0);
    for (const double share : {0.0, 0.5, 1.0}) {
      Image completion = crop;
      repair::refine(completion, crop, hole, everywhere(share), network);
      const int near = side / 64;  // of the hole's border
      const int first = side / 4, last = side - first;
      for (int y = 0; y < side; y += 3)
        for (int x = 0; x < side; x += 3) {
          const auto is_in = [&](int by) {
            return x >= first + by && x < last - by && y >= first + by && y < last - by;
          };
          const int change = completion.row(y)[3 * x] - crop.row(y)[3 * x];
          if (is_in(near)) {
            // Rounded to a level, and where the share changes from row to row, by three levels a
            // row.
            ASSERT_NEAR(change, 0.2 * share * upper_share(y, side) * 127.5, 3)
                << side << " at " << x << ", " << y;
          } else if (!is_in(-near)) {
            ASSERT_EQ(change, 0) << side << " at " << x << ", " << y;
          }
        }
    }
  }
}

TEST(Refinement, WhatIsUntrainedChangesNothing) {
  torch::NoGradGuard no_gradient;
  nn::RefinementNetwork network = adding(0);
  const Image crop = slope(256), hole = region_hole(Region::kLeft, 256, 0);
  Image completion = crop;
  repair::refine(completion, crop, hole, everywhere(1), network);
  EXPECT_EQ(completion.pixels, crop.pixels);
}

TEST(Refinement, PixelsBetweenKnownOnesStay) {
  torch::NoGradGuard no_gradient;
  nn::RefinementNetwork network = adding(0.2);
  const Image crop = slope(128);
  Image hole(128, 128, 1), completion = crop;
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x) hole.row(y)[x] = x % 4 == 0 || x == 127 ? 0 : 255;
  EXPECT_TRUE(repair::refine(completion, crop, hole, everywhere(1), network));
  EXPECT_EQ(completion.pixels, crop.pixels);
}

TEST(Refinement, WhatLiesUnderAHoleIsNotSeen) {
  torch::NoGradGuard no_gradient;
  for (const int side : {128, 180, 256, 400}) {
    nn::RefinementNetwork network = adding(0);
    for (auto& item : network->named_parameters())
      if (item.key() == "head.weight") item.value().fill_(1e-5);
    const Image hole = region_hole(Region::kEyes, side, 0);
    Image shown = slope(side), hidden = shown;
    for (size_t i = 0; i < hole.pixels.size(); ++i)
      if (hole.pixels[i] != 0)
        for (size_t c = 0; c < 3; ++c) hidden.pixels[3 * i + c] = 255;
    Image first = slope(side), second = first;
    ASSERT_TRUE(repair::refine(first, shown, hole, everywhere(1), network));
    ASSERT_TRUE(repair::refine(second, hidden, hole, everywhere(1), network));
    EXPECT_EQ(first.pixels, second.pixels) << side;
    const int before = shown.row(2 * side / 5)[3 * (side / 2)];
    const int after = first.row(2 * side / 5)[3 * (side / 2)];
    EXPECT_NE(after, before) << side;
    EXPECT_TRUE(after > 0 && after < 255) << "the network must not saturate, at " << side;
  }
}

TEST(Refinement, AnAnswerThatIsNotFiniteIsNotShown) {
  torch::NoGradGuard no_gradient;
  nn::RefinementNetwork network = adding(std::numeric_limits<double>::infinity());
  const Image crop = slope(256), hole = region_hole(Region::kCenter, 256, 0);
  Image completion = crop;
  EXPECT_FALSE(repair::refine(completion, crop, hole, everywhere(1), network));
  EXPECT_EQ(completion.pixels, crop.pixels);
}

}  // namespace
}  // namespace ganface
