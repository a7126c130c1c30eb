// SPDX-License-Identifier: MIT
// Checks that a repair fades out where what covers the face goes on beyond its crop, and only
// there.
#include <ganface/crop_border.h>
#include <gtest/gtest.h>

namespace ganface {
namespace {

constexpr int kFrame = 200, kSide = 100, kLeft = 50;
const CanonicalTransform kCrop = transform_of_box(kLeft, kLeft, kSide, kSide);

// Grey, with an arm from below that ends in the middle of the crop.
Image frame_with_arm(int lowest_row) {
  Image frame(kFrame, kFrame, 3, 90);
  for (int y = 100; y < lowest_row; ++y)
    for (int x = 80; x < 120; ++x)
      for (int c = 0; c < 3; ++c) frame.row(y)[3 * x + c] = static_cast<uint8_t>(200 - 20 * c);
  return frame;
}

Image hole_of_arm() {
  Image hole(kSide, kSide, 1);
  for (int y = 50; y < kSide; ++y) std::fill_n(hole.row(y) + 30, 40, uint8_t{255});
  return hole;
}

Image faded(Image frame, const CanonicalTransform& transform, Image alpha) {
  const Frame view = frame_of(frame);
  fade_at_border(alpha, extract_crop(view, transform, alpha.width), view, transform);
  return alpha;
}

TEST(CropBorder, AlphaFallsWhereAnArmGoesOnBeyondTheCrop) {
  const Image alpha = faded(frame_with_arm(kFrame), kCrop, hole_of_arm());
  EXPECT_LT(alpha.row(kSide - 1)[50], 40);
  EXPECT_GT(alpha.row(kSide - 6)[50], alpha.row(kSide - 3)[50]);
  EXPECT_EQ(alpha.row(kSide - 12)[50], 255) << "away from the border";
  EXPECT_EQ(alpha.row(60)[50], 255);
  EXPECT_EQ(alpha.row(kSide - 1)[10], 0) << "nothing is repaired that was not to be";
}

TEST(CropBorder, AlphaStaysWhereTheDamageEndsWithTheCrop) {
  EXPECT_EQ(faded(frame_with_arm(kLeft + kSide), kCrop, hole_of_arm()).pixels,
            hole_of_arm().pixels);
  const CanonicalTransform whole = transform_of_box(0, 0, kFrame, kFrame);
  EXPECT_EQ(faded(frame_with_arm(kFrame), whole, hole_of_arm()).pixels, hole_of_arm().pixels)
      << "beyond the frame there is nothing";
  Image inner(kSide, kSide, 1);
  inner.row(50)[50] = 255;
  EXPECT_EQ(faded(frame_with_arm(kFrame), kCrop, inner).pixels, inner.pixels);
}

}  // namespace
}  // namespace ganface
