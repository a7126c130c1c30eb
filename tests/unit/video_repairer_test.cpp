// SPDX-License-Identifier: MIT
// Tests of the repair of videos.
#include <ganface/face_generator.h>
#include <ganface/video_repairer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace ganface {
namespace {

constexpr int kSide = 128, kMaskSide = 192;

// A picture that counts what is asked of it.
struct CountedFrame : VideoFrame {
  Image picture;
  int views = 0, paintings = 0;
  explicit CountedFrame(Image image) : picture(std::move(image)) {}
  FrameView view() override {
    ++views;
    return frame_of(picture);
  }
  Frame writable() override {
    ++paintings;
    return frame_of(picture);
  }
};

const Image& face_picture() {
  static const Image face = [] {
    const FaceGenerator generator("lfw-dcgan64");
    const Image small = generator.generate(generator.sample(1, 3)).front();
    return resize(small.view(), kSide, kSide);
  }();
  return face;
}

// A mask over the head crop, set in a box of the canonical crop's pixels.
Image mask_of(int left, int top, int right, int bottom) {
  constexpr int kMargin = (kMaskSide - kSide) / 2;
  Image mask(kMaskSide, kMaskSide, 1);
  for (int y = top; y < bottom; ++y)
    std::fill_n(mask.row(kMargin + y) + kMargin + left, right - left, uint8_t{255});
  return mask;
}

MaskedFace face_with(const Image& mask) {
  return masked_face(7, transform_of_box(0, 0, kSide, kSide), mask.view());
}

// Grey over the box, as something that covers it.
Image covered(int left, int top, int right, int bottom) {
  Image picture = face_picture();
  for (int y = top; y < bottom; ++y)
    std::fill_n(picture.row(y) + 3 * left, 3 * (right - left), uint8_t{128});
  return picture;
}

TEST(MaskedFace, HasTheHoleOfTheCropAndWhatReachesBeyondIt) {
  const MaskedFace inside = face_with(mask_of(30, 80, 100, 120));
  EXPECT_EQ(inside.hole.width, kSide);
  EXPECT_EQ(std::count(inside.hole.pixels.begin(), inside.hole.pixels.end(), 255), 70 * 40);
  EXPECT_EQ(inside.hole.row(80)[30], 255);
  EXPECT_EQ(inside.hole.row(79)[30], 0);
  EXPECT_TRUE(inside.head_hole.empty());
  const MaskedFace beyond = face_with(mask_of(30, 80, 100, 150));
  EXPECT_EQ(beyond.head_hole.width, kMaskSide);
}

TEST(VideoRepairer, TouchesNoFrameInWhichNothingIsMissing) {
  VideoRepairer repairer("lfw-complete128");
  CountedFrame empty(face_picture()), clean(face_picture());
  clean.faces.push_back(face_with(mask_of(0, 0, 0, 0)));
  const RepairCounts counts = repairer.repair({&empty, &clean}, {});
  EXPECT_EQ(counts.faces, 0u);
  EXPECT_EQ(empty.views, 0);
  EXPECT_EQ(empty.paintings + clean.paintings, 0);
  EXPECT_FALSE(clean.is_changed);
  ASSERT_EQ(clean.outcomes.size(), 1u);
  EXPECT_EQ(clean.outcomes[0].action, FaceAction::kClean);
}

TEST(VideoRepairer, PaintsWhatIsMissingAndNothingElse) {
  VideoRepairer repairer("lfw-complete128");
  CountedFrame frame(covered(30, 80, 100, 120));
  const Image before = frame.picture;
  frame.faces.push_back(face_with(mask_of(30, 80, 100, 120)));
  RepairRun run;
  run.options.blend = Blend::kNone;
  const RepairCounts counts = repairer.repair({&frame}, run);
  EXPECT_EQ(counts.faces, 1u);
  EXPECT_TRUE(frame.is_changed);
  EXPECT_EQ(frame.outcomes.at(0).action, FaceAction::kRepaired);
  EXPECT_NEAR(frame.outcomes[0].hole, 70.0 * 40 / (kSide * kSide), 1e-9);
  EXPECT_NEAR(frame.outcomes[0].invented, 1, 1e-9) << "it was never seen";
  double error = 0, damage = 0;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c) {
        const int i = 3 * x + c;
        if (x >= 30 && x < 100 && y >= 80 && y < 120) {
          error += std::abs(frame.picture.row(y)[i] - face_picture().row(y)[i]);
          damage += std::abs(before.row(y)[i] - face_picture().row(y)[i]);
        } else {
          ASSERT_EQ(frame.picture.row(y)[i], before.row(y)[i]) << x << ", " << y;
        }
      }
  EXPECT_LT(error, 0.6 * damage) << "the mouth comes nearer to what the grey hides";
}

TEST(VideoRepairer, RemembersWhatItSawOfAFace) {
  VideoRepairer repairer("lfw-complete128");
  const Image clear = mask_of(0, 0, 0, 0);
  for (int i = 0; i < 30; ++i) {
    CountedFrame frame(face_picture());
    frame.faces.push_back(face_with(clear));
    repairer.repair({&frame}, {});
  }
  const auto repaired = [&] {
    CountedFrame frame(covered(30, 80, 100, 120));
    frame.faces.push_back(face_with(mask_of(30, 80, 100, 120)));
    const RepairCounts counts = repairer.repair({&frame}, {});
    EXPECT_EQ(counts.faces, 1u);
    return std::pair(counts.remembered, frame.outcomes.at(0).seen);
  };
  const auto [remembered, seen] = repaired();
  EXPECT_EQ(remembered, 1u);
  EXPECT_GT(seen, 0.5);
  repairer.forget();
  EXPECT_EQ(repaired().first, 0u) << "it was forgotten";
}

}  // namespace
}  // namespace ganface
