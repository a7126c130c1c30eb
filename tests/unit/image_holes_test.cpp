// SPDX-License-Identifier: MIT
// Owns the unit tests of the holes of the canonical crop.
#include <ganface/error.h>
#include <ganface/holes.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "temporary_folder.h"

namespace ganface {
namespace {

int missing(const Image& hole) {
  return static_cast<int>(
      std::count_if(hole.pixels.begin(), hole.pixels.end(), [](uint8_t p) { return p != 0; }));
}

TEST(RegionHole, CenterIsTheMiddleSquareOfHalfTheSide) {
  const Image hole = region_hole(Region::kCenter, 64, 1);
  EXPECT_EQ(missing(hole), 32 * 32);
  EXPECT_EQ(hole.row(16)[16], 255);
  EXPECT_EQ(hole.row(47)[47], 255);
  EXPECT_EQ(hole.row(15)[16], 0);
  EXPECT_EQ(hole.row(16)[48], 0);
}

TEST(RegionHole, HalvesCoverTheirSides) {
  EXPECT_EQ(region_hole(Region::kLeft, 64, 1).row(63)[31], 255);
  EXPECT_EQ(region_hole(Region::kLeft, 64, 1).row(0)[32], 0);
  EXPECT_EQ(region_hole(Region::kBottom, 64, 1).row(32)[0], 255);
  EXPECT_EQ(region_hole(Region::kBottom, 64, 1).row(31)[63], 0);
  for (const Region half : {Region::kLeft, Region::kRight, Region::kTop, Region::kBottom})
    EXPECT_EQ(missing(region_hole(half, 64, 1)), 64 * 32);
}

TEST(RegionHole, RandomLacksFourFifthsWithinSamplingError) {
  // 65536 draws: a standard deviation of 0.0016.
  EXPECT_NEAR(missing(region_hole(Region::kRandom, 256, 1)) / 65536.0, 0.8, 0.008);
}

TEST(RegionHole, PatternLacksAQuarterInBlobs) {
  const Image hole = region_hole(Region::kPattern, 64, 5);
  EXPECT_EQ(missing(hole), 64 * 64 / 4);
  // Missing pixels lie together: nearly every right neighbour is missing too.
  int together = 0;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x + 1 < 64; ++x) together += hole.row(y)[x] != 0 && hole.row(y)[x + 1] != 0;
  EXPECT_GT(together, 64 * 64 / 4 * 8 / 10);
}

TEST(RegionHole, SeedFixesTheRandomOnes) {
  for (const Region region : {Region::kRandom, Region::kPattern}) {
    EXPECT_EQ(region_hole(region, 64, 7).pixels, region_hole(region, 64, 7).pixels);
    EXPECT_NE(region_hole(region, 64, 7).pixels, region_hole(region, 64, 8).pixels);
  }
}

TEST(RegionHole, RefusesATinyCrop) {
  testing::expect_error(ErrorCode::kUsage, {"8 x 8"}, [] { region_hole(Region::kEyes, 7, 1); });
}

TEST(RegionByName, ListsTheNamesWhenItKnowsNone) {
  EXPECT_EQ(region_by_name("mouth"), Region::kMouth);
  testing::expect_error(ErrorCode::kUsage, {"'ear'", "center", "pattern"},
                        [] { region_by_name("ear"); });
}

TEST(ColorHole, HoldsTheToleranceInEveryChannel) {
  Image crop(4, 1, 3);
  crop.pixels = {10, 20, 30, 15, 15, 35, 16, 20, 30, 10, 20, 36};
  EXPECT_EQ(color_hole(crop, {10, 20, 30}, 5).pixels, (std::vector<uint8_t>{255, 255, 0, 0}));
}

TEST(Dilate, GrowsASquareAndStopsAtTheBorder) {
  Image hole(6, 5, 1);
  hole.row(0)[1] = 255;
  const Image grown = dilate(hole, 2);
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 6; ++x)
      EXPECT_EQ(grown.row(y)[x], y <= 2 && x <= 3 ? 255 : 0) << x << "," << y;
  EXPECT_EQ(dilate(hole, 0).pixels, hole.pixels);
}

}  // namespace
}  // namespace ganface
