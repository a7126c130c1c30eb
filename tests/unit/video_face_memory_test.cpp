// SPDX-License-Identifier: MIT
// Tests of what is remembered of each face.
#include <ganface/face_memory.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ganface {
namespace {

constexpr int kSide = 128;

Image crop_of(uint8_t value) { return Image(kSide, kSide, 3, value); }
Image everywhere() { return Image(kSide, kSide, 1, 255); }

Image hole_at(int left, int top, int width, int height) {
  Image hole(kSide, kSide, 1);
  for (int y = top; y < top + height; ++y)
    for (int x = left; x < left + width; ++x) hole.row(y)[x] = 255;
  return hole;
}

DamagedFace damaged(uint8_t value, const Image& hole) {
  DamagedFace face;
  face.crop = crop_of(value);
  face.hole = hole;
  return face;
}

// A repair in one colour that found its reference where it lay.
RepairedFace repaired(uint8_t value, const Image& hole, bool has_reference) {
  RepairedFace face;
  face.completion = face.repaired = crop_of(value);
  face.alpha = hole;
  if (has_reference) {
    constexpr size_t kCells = ReferenceMatch::kCells * ReferenceMatch::kCells;
    face.match.flow.assign(2 * kCells, 0);
    face.match.gain.assign(3 * kCells, 1);
    face.match.offset.assign(3 * kCells, 0);
    face.match.confidence = Image(kSide, kSide, 1, 255);
  }
  return face;
}

// What is remembered; so small a hole changes nothing of it.
DamagedFace recalled(FaceMemory& memory, uint32_t id) {
  DamagedFace face = damaged(0, hole_at(0, 0, 1, 1));
  memory.recall(id, face);
  return face;
}

TEST(FaceMemory, CropsHaveAboutAsManyPixelsAsTheFace) {
  EXPECT_EQ(FaceMemory::crop_side(20), 128);
  EXPECT_EQ(FaceMemory::crop_side(150), 128);
  EXPECT_EQ(FaceMemory::crop_side(160), 192);
  EXPECT_EQ(FaceMemory::crop_side(300), 256);
  EXPECT_EQ(FaceMemory::crop_side(400), 384);
  EXPECT_EQ(FaceMemory::crop_side(3000), 512);
}

TEST(FaceMemory, KnowsNothingOfAStranger) {
  FaceMemory memory;
  EXPECT_TRUE(recalled(memory, 7).reference.empty());
}

TEST(FaceMemory, LooksAreOnProbation) {
  FaceMemory memory;
  for (uint8_t value = 0; value < 30; ++value) {
    memory.begin_frame();
    if (memory.see(1)) memory.look(1, crop_of(value), everywhere());
  }
  // The hand came in unnoticed with the last five frames: they are not what is remembered.
  EXPECT_LE(recalled(memory, 1).reference.pixels[0], 24);
  EXPECT_GE(recalled(memory, 1).reference.pixels[0], 15);
  EXPECT_EQ(recalled(memory, 1).known.pixels[0], 255);
}

TEST(FaceMemory, TheOnlyLookIsBetterThanNone) {
  FaceMemory memory;
  memory.begin_frame();
  if (memory.see(1)) memory.look(1, crop_of(90), everywhere());
  EXPECT_EQ(recalled(memory, 1).reference.pixels[0], 90);
}

TEST(FaceMemory, ACoveredFaceIsRememberedAsItComesToLight) {
  FaceMemory memory;
  const Image left = hole_at(0, 0, 64, 128), right = hole_at(64, 0, 64, 128);
  int64_t frame = memory.begin_frame();
  RepairedFace first = repaired(10, left, false);
  memory.learn(1, frame, damaged(100, left), everywhere(), first);
  DamagedFace face = recalled(memory, 1);
  EXPECT_EQ(face.known.row(64)[20], 0);
  EXPECT_EQ(face.known.row(64)[64], 0) << "an occluder's edge may reach beyond the hole";
  EXPECT_EQ(face.known.row(64)[100], 255);
  EXPECT_EQ(face.reference.row(64)[3 * 100], 100);
  frame = memory.begin_frame();
  RepairedFace second = repaired(10, right, true);
  memory.learn(1, frame, damaged(140, right), everywhere(), second);
  face = recalled(memory, 1);
  EXPECT_EQ(face.known.row(64)[20], 255);
  EXPECT_EQ(face.reference.row(64)[3 * 20], 140);
  EXPECT_EQ(face.reference.row(64)[3 * 100], 100) << "what was known stays";
}

TEST(FaceMemory, AMatchWithTheLastLookPlacesNothingInANewOne) {
  FaceMemory memory;
  const Image half = hole_at(0, 0, 64, 128), speck = hole_at(100, 100, 5, 5);
  Image inside = everywhere();
  for (int y = 0; y < kSide; ++y) inside.row(y)[3] = 0;
  int64_t frame = memory.begin_frame();
  RepairedFace first = repaired(10, half, false);
  memory.learn(1, frame, damaged(100, half), everywhere(), first);
  // As good as clean, and at the frame's edge: it is remembered when its probation is over.
  for (int i = 0; i < 5; ++i) {
    frame = memory.begin_frame();
    RepairedFace face = repaired(140, speck, true);
    memory.learn(1, frame, damaged(140, speck), inside, face);
  }
  frame = memory.begin_frame();
  RepairedFace last = repaired(160, speck, true);
  memory.learn(1, frame, damaged(160, speck), everywhere(), last);
  const DamagedFace face = recalled(memory, 1);
  EXPECT_EQ(face.reference.row(5)[3 * 60], 140);
  EXPECT_EQ(face.known.row(5)[3], 0);
}

TEST(FaceMemory, WhatIsOutsideTheFrameIsNotKnown) {
  FaceMemory memory;
  Image inside = everywhere();
  for (int y = 0; y < kSide; ++y) inside.row(y)[3] = 0;
  memory.begin_frame();
  if (memory.see(1)) memory.look(1, crop_of(90), inside);
  EXPECT_EQ(recalled(memory, 1).known.row(5)[3], 0);
}

TEST(FaceMemory, SteadiesWhatStaysTheSameAndFollowsWhatChanges) {
  const Image hole = hole_at(30, 30, 60, 60);
  const auto after = [&](uint8_t first_value, uint8_t second_value) {
    FaceMemory memory;
    int64_t frame = memory.begin_frame();
    RepairedFace first = repaired(first_value, hole, false);
    memory.learn(1, frame, damaged(100, hole), everywhere(), first);
    frame = memory.begin_frame();
    RepairedFace second = repaired(second_value, hole, true);
    memory.learn(1, frame, damaged(100, hole), everywhere(), second);
    EXPECT_EQ(second.repaired.row(5)[5], 100) << "pixels outside the hole stay";
    return int{second.completion.row(60)[3 * 60]};
  };
  EXPECT_LT(after(100, 106), 105);
  EXPECT_GT(after(100, 106), 100);
  EXPECT_GE(after(100, 180), 179);
}

TEST(FaceMemory, ForgetsWhoItDoesNotRecognise) {
  FaceMemory memory;
  for (int i = 0; i < 12; ++i) {
    memory.begin_frame();
    if (memory.see(1)) memory.look(1, crop_of(90), everywhere());
  }
  const Image hole = hole_at(30, 30, 60, 60);
  RepairedFace other = repaired(10, hole, true);
  other.match.mismatch = 90;
  memory.learn(1, memory.begin_frame(), damaged(200, hole), everywhere(), other);
  EXPECT_EQ(memory.size(), 0u);
}

TEST(FaceMemory, KeepsASearchsPlaceAlone) {
  FaceMemory memory;
  RepairedFace face;
  face.latent = {1, 2};
  memory.learn(3, memory.begin_frame(), damaged(1, hole_at(0, 0, 9, 9)), {}, face);
  EXPECT_EQ(recalled(memory, 3).start, (std::vector<float>{1, 2}));
  EXPECT_TRUE(recalled(memory, 3).reference.empty());
}

TEST(FaceMemory, IsBounded) {
  FaceMemory memory(4);
  const size_t one_face = 2 * (kSide * kSide * 4);
  for (uint32_t id = 0; id < 50; ++id)
    for (int i = 0; i < 8; ++i) {
      memory.begin_frame();
      if (memory.see(id)) memory.look(id, crop_of(1), everywhere());
    }
  EXPECT_EQ(memory.size(), 4u);
  EXPECT_LE(memory.bytes(), 4 * one_face);
  EXPECT_TRUE(recalled(memory, 0).reference.empty());
  EXPECT_FALSE(recalled(memory, 49).reference.empty());
  for (int i = 0; i < 400; ++i) memory.begin_frame();
  EXPECT_EQ(memory.size(), 0u) << "faces that went away are forgotten";
}

TEST(FaceMemory, OfTooManyFacesKeepsTheFirst) {
  FaceMemory memory(2);
  for (int frame = 0; frame < 12; ++frame) {
    memory.begin_frame();
    for (uint32_t id = 0; id < 3; ++id)
      if (memory.see(id)) memory.look(id, crop_of(static_cast<uint8_t>(10 + id)), everywhere());
  }
  EXPECT_EQ(recalled(memory, 0).reference.row(0)[0], 10);
  EXPECT_EQ(recalled(memory, 1).reference.row(0)[0], 11);
  EXPECT_TRUE(recalled(memory, 2).reference.empty());
  FaceMemory nothing(0);
  nothing.begin_frame();
  EXPECT_FALSE(nothing.see(1));
  EXPECT_EQ(nothing.size(), 0u);
}

TEST(FaceMemory, ARepairTellsNothingOfALookThatItDidNotSee) {
  FaceMemory memory;
  const Image first_hole = hole_at(30, 30, 60, 60), other_hole = hole_at(0, 100, 128, 20);
  const auto learn = [&](int64_t frame, const Image& hole, float flow) {
    RepairedFace face = repaired(100, hole, true);
    std::fill(face.match.flow.begin(), face.match.flow.end(), flow);
    face.match.confidence = Image(kSide, kSide, 1);
    memory.learn(1, frame, damaged(100, hole), everywhere(), face);
  };
  learn(memory.begin_frame(), first_hole, 0);
  for (int frame = 0; frame < 40; ++frame) memory.begin_frame();
  // Two frames of a batch: the first shows that the face has turned away from the look of both.
  const int64_t turned = memory.begin_frame(), next = memory.begin_frame();
  learn(turned, first_hole, 0.05f);
  learn(next, other_hole, 0.05f);
  EXPECT_EQ(recalled(memory, 1).known.row(60)[60], 0) << "a part of the new look that nobody saw";
  learn(memory.begin_frame(), other_hole, 0);
  EXPECT_EQ(recalled(memory, 1).known.row(60)[60], 255);
}

TEST(FaceMemory, StandsInWithTheLastCompletionOrElseTheLook) {
  FaceMemory memory;
  const Image hole = hole_at(30, 30, 60, 60);
  const DamagedFace covered = damaged(100, hole);
  RepairOptions options;
  options.blend = Blend::kPoisson;
  options.guard_px = 2;
  EXPECT_TRUE(memory.fallback(1, covered, options).completion.empty());
  RepairedFace face = repaired(77, hole, false);
  memory.learn(1, memory.begin_frame(), covered, everywhere(), face);
  memory.begin_frame();
  const RepairedFace completed = memory.fallback(1, covered, options);
  EXPECT_EQ(completed.completion.row(50)[150], 77);
  EXPECT_EQ(completed.alpha.row(50)[50], 255);
  EXPECT_GT(completed.alpha.row(29)[50], 0) << "an occluder's edge";
  EXPECT_EQ(completed.alpha.row(5)[5], 0);
  ASSERT_TRUE(memory.see(2));
  Image inside = everywhere();
  inside.row(40)[40] = 0;
  memory.look(2, crop_of(100), inside);
  memory.begin_frame();
  const RepairedFace seen = memory.fallback(2, covered, options);
  EXPECT_EQ(seen.completion.row(50)[150], 100);
  EXPECT_EQ(seen.alpha.row(40)[40], 0) << "unknown";
  EXPECT_EQ(seen.alpha.row(50)[50], 255);
}

TEST(FaceMemory, ALateRepairDoesNotUndoWhatWasSeenSince) {
  FaceMemory memory;
  const Image hole = hole_at(30, 30, 60, 60);
  const DamagedFace covered = damaged(100, hole);
  const auto learn = [&](int64_t frame, uint8_t value) {
    RepairedFace face = repaired(value, hole, true);
    memory.learn(1, frame, covered, everywhere(), face);
  };
  const auto shown = [&] {
    const RepairedFace face = memory.fallback(1, covered, {});
    return face.completion.empty() ? -1 : face.completion.row(50)[150];
  };
  const int64_t first = memory.begin_frame(), second = memory.begin_frame();
  learn(second, 80);
  learn(first, 70);
  EXPECT_EQ(shown(), 80) << "of a frame before the last one learned";
  const int64_t third = memory.begin_frame();
  memory.begin_frame();
  ASSERT_TRUE(memory.see(1));
  memory.look(1, crop_of(100), everywhere());
  learn(third, 90);
  EXPECT_EQ(shown(), 100) << "uncovered since, as the look tells";
}

TEST(FaceMemory, ACoveredFrameEndsAProbation) {
  FaceMemory memory;
  const auto look = [&](uint8_t value) {
    memory.begin_frame();
    if (memory.see(1)) memory.look(1, crop_of(value), everywhere());
  };
  for (int i = 0; i < 7; ++i) look(10);  // proven, and another candidate
  memory.begin_frame();
  look(20);  // perhaps covered already, unseen
  for (int i = 0; i < 6; ++i) {
    memory.begin_frame();
    DamagedFace covered = damaged(0, hole_at(30, 30, 60, 60));
    memory.recall(1, covered);  // and not repaired in time
  }
  look(30);
  EXPECT_EQ(recalled(memory, 1).reference.row(0)[0], 10);
}

}  // namespace
}  // namespace ganface
