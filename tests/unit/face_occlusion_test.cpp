// SPDX-License-Identifier: MIT
// Tests of the segmentation of what covers faces, and of the decision what is to be repaired.
#include <ganface/error.h>
#include <ganface/face_generator.h>
#include <ganface/head_fill.h>
#include <ganface/occlusion.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "face/occlusion_decider.h"

namespace ganface {
namespace {

using face::OcclusionDecider;

constexpr int kSize = OcclusionSegmenter::kSize;
constexpr int kFaceLeft = 40, kFaceTop = 35, kFaceRight = 120, kFaceBottom = 130;

// A square part of a head crop.
struct Box {
  int left, top, right, bottom;
};

Image filled(const Box& box, uint8_t value) {
  Image mask(kSize, kSize, 1);
  for (int y = box.top; y < box.bottom; ++y)
    std::fill_n(mask.row(y) + box.left, box.right - box.left, value);
  return mask;
}

// A head with its face in the middle, and what covers it.
HeadSegmentation head_with(OccluderKind kind, const Box& box, uint8_t certainty = 255) {
  HeadSegmentation head;
  for (Image& mask : head.kinds) mask = Image(kSize, kSize, 1);
  head.kinds[static_cast<size_t>(kind)] = filled(box, certainty);
  head.oval = filled({kFaceLeft, kFaceTop, kFaceRight, kFaceBottom}, 255);
  head.face = 1;
  return head;
}

const Box kNowhere{0, 0, 0, 0}, kMouth{50, 90, 110, 120}, kMouthAndNeck{50, 90, 110, 155},
    kBeside{0, 40, 38, 120};

// Pixels of the mask on the scale of the head crop.
double area(const FaceOcclusion& face) {
  const double scale = static_cast<double>(kSize) / OcclusionTracker::kMaskSize;
  return static_cast<double>(
             std::count(face.hole.pixels.begin(), face.hole.pixels.end(), uint8_t{255})) *
         scale * scale;
}

FaceOcclusion of_photograph(const HeadSegmentation& head, const OcclusionOptions& options = {}) {
  return OcclusionDecider().decide(1, {head, 1, false}, options, false);
}

TEST(OcclusionDecider, AHandEndsAtTheFacesEdgeAndAMaskGoesWhole) {
  const FaceOcclusion hand = of_photograph(head_with(OccluderKind::kHand, kMouthAndNeck));
  // A pixel around the hand for its edge, and two beyond the oval's.
  EXPECT_NEAR(area(hand), 62 * (kFaceBottom + 2 - 89), 130);
  EXPECT_EQ(hand.kinds, bit_of(OccluderKind::kHand));
  const FaceOcclusion mask = of_photograph(head_with(OccluderKind::kMedicalMask, kMouthAndNeck));
  EXPECT_NEAR(area(mask), 66 * 71, 130) << "three pixels around, so that no rim of cloth stays";
  EXPECT_EQ(mask.kinds, bit_of(OccluderKind::kMedicalMask));
  EXPECT_EQ(mask.verdict, OcclusionVerdict::kClear);
}

TEST(OcclusionDecider, WhatDoesNotCoverTheFaceIsLetBe) {
  for (const OccluderKind kind :
       {OccluderKind::kHand, OccluderKind::kObject, OccluderKind::kMedicalMask}) {
    EXPECT_EQ(area(of_photograph(head_with(kind, kBeside))), 0);
    EXPECT_EQ(area(of_photograph(head_with(kind, {60, 60, 66, 66}))), 0) << "a speck";
    EXPECT_EQ(area(of_photograph(head_with(kind, kMouth, 140))), 0) << "in doubt";
  }
  EXPECT_EQ(area(of_photograph(head_with(OccluderKind::kHand, kNowhere))), 0);
}

TEST(OcclusionDecider, CautionSaysHowSureItMustBe) {
  const HeadSegmentation doubtful = head_with(OccluderKind::kHand, kMouth, 140);
  const HeadSegmentation likely = head_with(OccluderKind::kHand, kMouth, 222);
  OcclusionOptions options;
  options.caution = Caution::kNone;
  EXPECT_GT(area(of_photograph(doubtful, options)), 1500);
  EXPECT_GT(area(of_photograph(likely)), 1500);
  options.caution = Caution::kHigh;
  EXPECT_EQ(area(of_photograph(likely, options)), 0);
}

TEST(OcclusionDecider, OnlyAskedForKindsAreRepaired) {
  const HeadSegmentation glasses = head_with(OccluderKind::kSunglasses, {45, 55, 115, 75});
  const FaceOcclusion left = of_photograph(glasses);
  EXPECT_EQ(area(left), 0);
  EXPECT_EQ(left.verdict, OcclusionVerdict::kNotAsked);
  EXPECT_EQ(left.kinds, bit_of(OccluderKind::kSunglasses));
  OcclusionOptions options;
  options.kinds = bit_of(OccluderKind::kSunglasses);
  EXPECT_NEAR(area(of_photograph(glasses, options)), 72 * 22, 100);
  EXPECT_EQ(area(of_photograph(head_with(OccluderKind::kHand, kMouth), options)), 0);
}

TEST(OcclusionDecider, LeavesAloneWhatIsTurnedOrNoFace) {
  HeadSegmentation head = head_with(OccluderKind::kHand, kMouth);
  head.yaw = -70;
  EXPECT_EQ(of_photograph(head).verdict, OcclusionVerdict::kTurned);
  EXPECT_EQ(area(of_photograph(head)), 0);
  OcclusionOptions options;
  options.max_yaw = 80;
  EXPECT_GT(area(of_photograph(head, options)), 1500);
  head.yaw = 0;
  head.face = 0.3;
  EXPECT_EQ(of_photograph(head).verdict, OcclusionVerdict::kUncertain);
  EXPECT_EQ(area(of_photograph(head)), 0);
  HeadSegmentation nothing = head_with(OccluderKind::kHand, kNowhere);
  EXPECT_EQ(of_photograph(nothing).verdict, OcclusionVerdict::kClear);
  nothing.face = 0.2;
  EXPECT_EQ(of_photograph(nothing).verdict, OcclusionVerdict::kUncertain) << "it is no face";
  head.face = 1;
  head.oval = filled({0, 0, 70, 70}, 255);  // the face stands elsewhere
  EXPECT_EQ(of_photograph(head).verdict, OcclusionVerdict::kUncertain);
}

TEST(OcclusionDecider, InAPhotographDetectorAndSegmenterMustAgree) {
  const auto verdict = [](const HeadSegmentation& head, double score) {
    return OcclusionDecider().decide(1, {head, score, false}, {}, false).verdict;
  };
  HeadSegmentation hand = head_with(OccluderKind::kHand, kMouth);
  EXPECT_EQ(verdict(hand, 0.9), OcclusionVerdict::kClear);
  EXPECT_EQ(verdict(hand, 0.7), OcclusionVerdict::kUncertain);
  hand.face = 0.9;
  EXPECT_EQ(verdict(hand, 0.9), OcclusionVerdict::kUncertain);
  HeadSegmentation mask = head_with(OccluderKind::kMedicalMask, kMouth);
  mask.face = 0.96;
  EXPECT_EQ(verdict(mask, 0.7), OcclusionVerdict::kClear) << "a mask hides most of the face";
  mask.face = 0.9;
  EXPECT_EQ(verdict(mask, 0.7), OcclusionVerdict::kUncertain);
  mask.face = 0.6;
  EXPECT_EQ(verdict(mask, 0.7), OcclusionVerdict::kUncertain);
  EXPECT_EQ(verdict(mask, 0.9), OcclusionVerdict::kClear);
  // Half of the outline is a estimate, beside what covers it.
  mask.face = 1;
  for (int y = kFaceTop; y < kMouth.top; ++y)
    std::fill_n(mask.oval.row(y) + kFaceLeft, kFaceRight - kFaceLeft, uint8_t{140});
  EXPECT_EQ(verdict(mask, 0.9), OcclusionVerdict::kUncertain);
}

// A bottle's neck in a hand, or the shade below an animal, where the detector sees a face.
TEST(OcclusionDecider, WhatHidesTheEyesTooIsNoMaskBeforeADoubtfulFace) {
  const auto verdict = [](int top, double score) {
    const HeadSegmentation head =
        head_with(OccluderKind::kMedicalMask, {kFaceLeft, top, kFaceRight, kFaceBottom});
    return OcclusionDecider().decide(1, {head, score, false}, {}, false).verdict;
  };
  constexpr int kMiddle = (kFaceTop + kFaceBottom) / 2;
  EXPECT_EQ(verdict(kMiddle, 0.7), OcclusionVerdict::kClear);
  EXPECT_EQ(verdict(kFaceTop + 10, 0.7), OcclusionVerdict::kUncertain);
  EXPECT_EQ(verdict(kFaceTop + 10, 0.9), OcclusionVerdict::kClear);
}

TEST(OcclusionDecider, WhatLiesWhereMasksAreWornIsSoonerTakenForOne) {
  const auto kinds = [](const Box& box, uint8_t object, uint8_t mask) {
    HeadSegmentation head = head_with(OccluderKind::kObject, box, object);
    head.kinds[static_cast<size_t>(OccluderKind::kMedicalMask)] = filled(box, mask);
    return of_photograph(head).kinds;
  };
  const Box lower{kFaceLeft, (kFaceTop + kFaceBottom) / 2, kFaceRight, kFaceBottom};
  EXPECT_EQ(kinds(lower, 140, 115), bit_of(OccluderKind::kMedicalMask));
  EXPECT_EQ(kinds(lower, 200, 55), bit_of(OccluderKind::kObject));
  EXPECT_EQ(kinds(kMouth, 140, 115), bit_of(OccluderKind::kObject)) << "too small for a mask";
}

// The areas of a video's frames.
std::vector<double> areas(const std::vector<HeadSegmentation>& frames, bool was_seen = false) {
  OcclusionDecider decider;
  std::vector<double> result;
  for (const HeadSegmentation& frame : frames)
    result.push_back(area(decider.decide(7, {frame, 1, was_seen}, {}, true)));
  return result;
}

TEST(OcclusionDecider, AVideosFaceIsCoveredOnceTwoFramesSaySo) {
  const HeadSegmentation clear = head_with(OccluderKind::kHand, kNowhere);
  const HeadSegmentation covered = head_with(OccluderKind::kHand, kMouth);
  const std::vector<double> once = areas({clear, clear, covered, clear, clear});
  EXPECT_EQ(*std::max_element(once.begin(), once.end()), 0) << "a flicker is nothing";
  const std::vector<double> twice = areas({clear, covered, covered, covered, clear, clear});
  EXPECT_EQ(twice[1], 0);
  EXPECT_GT(twice[2], 1500);
  EXPECT_GT(twice[3], 1500);
  EXPECT_EQ(twice[5], 0) << "it trails";
  OcclusionDecider decider;
  EXPECT_EQ(decider.decide(3, {covered, 1, false}, {}, true).verdict, OcclusionVerdict::kNew);
}

TEST(OcclusionDecider, AVideosFaceThatWasDoubtfulIsLeftAloneForAWhile) {
  const HeadSegmentation covered = head_with(OccluderKind::kHand, kMouth);
  HeadSegmentation doubtful = covered;
  doubtful.face = 0.1;
  std::vector<HeadSegmentation> frames{covered, covered, doubtful};
  frames.insert(frames.end(), 60, covered);
  const std::vector<double> all = areas(frames);
  EXPECT_GT(all[1], 1500);
  for (size_t i = 2; i < 40; ++i) EXPECT_EQ(all[i], 0) << i;
  EXPECT_GT(all.back(), 1500) << "it has been a face ever since";
}

TEST(OcclusionDecider, AMaskStaysWhileItsOccluderPerhapsDoes) {
  const HeadSegmentation covered = head_with(OccluderKind::kHand, kMouth);
  const HeadSegmentation doubtful = head_with(OccluderKind::kHand, kMouth, 120);
  const std::vector<double> all = areas({covered, covered, doubtful, doubtful, covered});
  for (size_t i = 1; i < all.size(); ++i) EXPECT_GT(all[i], 1500) << i;
  const std::vector<double> never = areas({doubtful, doubtful, doubtful});
  EXPECT_EQ(never.back(), 0) << "it never was there";
}

TEST(OcclusionDecider, ReachesFartherAroundSomethingLargeInFrontOfAFaceSeenBefore) {
  // A hand that surely covers the face, and a finger that hardly does.
  HeadSegmentation head = head_with(OccluderKind::kHand, {50, 60, 90, 100});
  Image& hand = head.kinds[0];
  for (int y = 70; y < 80; ++y) std::fill_n(hand.row(y) + 90, 20, uint8_t{30});
  EXPECT_NEAR(areas({head, head}, false).back(), 42 * 42, 60);
  EXPECT_NEAR(areas({head, head}, true).back(), 42 * 42 + 20 * 12, 60);
}

TEST(OcclusionDecider, KnowsWhereAFaceEndsUnderAHand) {
  // A hand hides the chin, and the outline of what is left of the face ends above it.
  const HeadSegmentation clear = head_with(OccluderKind::kHand, kNowhere);
  HeadSegmentation covered = head_with(OccluderKind::kHand, kMouthAndNeck);
  covered.oval = filled({kFaceLeft, kFaceTop, kFaceRight, 110}, 255);
  EXPECT_NEAR(areas({covered, covered}).back(), 62 * (110 + 2 - 89), 130);
  EXPECT_NEAR(areas({clear, covered, covered}).back(), 62 * (kFaceBottom + 2 - 89), 130);
  covered.yaw = 20;
  EXPECT_NEAR(areas({clear, covered, covered}).back(), 62 * (110 + 2 - 89), 130)
      << "it was seen in another pose";
}

// A mask of an application may have more pixels than an int counts 36864ths of.
TEST(HeadFill, AHoleOfAnySizeReachesBeyondTheCropOrNot) {
  for (const int side : {12, 192, 330, 1200}) {
    SCOPED_TRACE(side);
    EXPECT_EQ(reaches_beyond_crop(Image(side, side, 1, 255)), true);
    Image inside(side, side, 1);
    for (int y = side / 4; y < side * 3 / 4; ++y)
      std::fill(inside.row(y) + side / 4, inside.row(y) + side * 3 / 4, uint8_t{255});
    EXPECT_EQ(reaches_beyond_crop(inside), false);
  }
}

TEST(FaceReferences, RememberWhatStayedUncovered) {
  const Image first(kSize, kSize, 3, 10), later(kSize, kSize, 3, 20), clear(kSize, kSize, 1);
  const Image covered = filled({0, 0, kSize, kSize / 2}, 255);
  FaceReferences references;
  const auto take = [&](int frames, const Image& crop, const Image& hole) {
    for (int i = 0; i < frames; ++i) references.take(1, crop, hole);
  };
  constexpr int kBelow = kSize / 2 + 3;  // the hole's edge may be off by as much
  take(6, first, clear);
  EXPECT_EQ(references.of(1), nullptr);
  take(1, later, covered);  // what came may have been there before
  ASSERT_NE(references.of(1), nullptr);
  EXPECT_EQ(references.of(1)->known.row(kBelow - 1)[5], 0);
  EXPECT_EQ(references.of(1)->known.row(kBelow)[5], 255);
  EXPECT_EQ(references.of(1)->crop.row(kBelow)[15], 10);
  take(7, later, covered);  // may be covered where it seems not to be
  EXPECT_EQ(references.of(1)->crop.row(kBelow)[15], 10);
  take(7, later, clear);
  EXPECT_EQ(references.of(1)->known.row(5)[5], 255);
  EXPECT_EQ(references.of(1)->crop.row(kBelow)[15], 20);
  take(140, first, covered);
  EXPECT_EQ(references.of(1)->crop.row(kBelow)[15], 20);
  EXPECT_EQ(references.of(1)->covered.row(5)[5], 255);
  EXPECT_EQ(references.of(1)->covered.row(kSize - 28)[5], 0);
  take(11, first, covered);  // so long ago that it says nothing any more
  EXPECT_EQ(references.of(1), nullptr);
  take(7, first, covered);
  EXPECT_EQ(references.of(1)->crop.row(kBelow)[15], 10);
  EXPECT_EQ(references.of(2), nullptr);
  references.keep({2});
  EXPECT_EQ(references.of(1), nullptr);
}

// A made-up person's head as a frame: the canonical crop in the middle of a grey room.
constexpr int kFaceSide = 128, kFrameSide = 256;

Image person() {
  FaceGenerator generator("lfw-dcgan64", "cpu");
  const Image face =
      resize(generator.generate(generator.sample(2, 11)).at(1).view(), kFaceSide, kFaceSide);
  Image frame(kFrameSide, kFrameSide, 3, 110);
  for (int y = 0; y < kFaceSide; ++y)
    std::copy_n(face.row(y), 3 * kFaceSide, frame.row(y + 64) + 3 * 64);
  return frame;
}

const std::vector<TrackedFace> kFace{{4, transform_of_box(64, 64, kFaceSide, kFaceSide), 1}};

TEST(OcclusionTracker, SeesABlockInFrontOfAFace) {
  OcclusionTracker tracker;
  Image frame = person();
  EXPECT_EQ(area(tracker.track(frame_of(frame), kFace, {}, false).at(0)), 0);
  for (int y = 64 + 25; y < 64 + 60; ++y)  // over the eyes, where no mask is worn
    for (int x = 64 + 35; x < 64 + 95; ++x)
      for (int c = 0; c < 3; ++c) frame.row(y)[3 * x + c] = c == 2 ? 220 : 30;
  const FaceOcclusion covered = tracker.track(frame_of(frame), kFace, {}, false).at(0);
  EXPECT_EQ(covered.verdict, OcclusionVerdict::kClear);
  // In the mask, pixels are the canonical crop's, 32 from its edge.
  int inside = 0, outside = 0;
  for (int y = 0; y < OcclusionTracker::kMaskSize; ++y)
    for (int x = 0; x < OcclusionTracker::kMaskSize; ++x) {
      if (covered.hole.row(y)[x] == 0) continue;
      const bool is_block = x >= 32 + 31 && x < 32 + 99 && y >= 32 + 21 && y < 32 + 64;
      (is_block ? inside : outside) += 1;
    }
  EXPECT_GT(inside, 0.75 * 60 * 35);
  EXPECT_LT(outside, 0.3 * 60 * 35);
  EXPECT_TRUE(tracker.track(frame_of(frame), {}).empty());
}

TEST(OcclusionTracker, AVideosClearFaceStaysClear) {
  OcclusionTracker tracker;
  const Image frame = person();
  for (int i = 0; i < 40; ++i) {
    const FaceOcclusion face = tracker.track(frame_of(frame), kFace).at(0);
    EXPECT_EQ(area(face), 0) << i;
    EXPECT_EQ(face.hole.width, OcclusionTracker::kMaskSize);
    EXPECT_LT(std::abs(face.yaw), 40) << i;
  }
}

TEST(OcclusionSegmenter, RefusesWhatItCannotSee) {
  const OcclusionSegmenter segmenter;
  EXPECT_TRUE(segmenter.segment({}).empty());
  EXPECT_THROW(segmenter.segment({Image(128, 128, 3)}), Error);
  EXPECT_THROW(segmenter.segment({Image(kSize, kSize, 3)}, {nullptr, nullptr}), Error);
  EXPECT_THROW(OcclusionSegmenter("lfw-dcgan64"), Error);
}

}  // namespace
}  // namespace ganface
