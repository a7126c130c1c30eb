// SPDX-License-Identifier: MIT
// Tests of the repair of videos.
#include <ganface/face_generator.h>
#include <ganface/video_repairer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
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

using std::chrono::milliseconds;

constexpr auto kNever = RepairClock::TimePoint::max();

// Time that passes where a test says so.
struct SetClock : RepairClock {
  TimePoint time{std::chrono::hours(1)};
  std::deque<TimePoint> done;  // when each piece of work that is waited for is, in their order
  TimePoint now() override { return time; }
  bool wait(const std::function<bool(std::chrono::nanoseconds)>& is_done,
            TimePoint deadline) override {
    const TimePoint ready = done.empty() ? kNever : done.front();
    time = std::max(time, std::min(ready, deadline));
    if (ready > deadline) return false;
    done.pop_front();
    while (!is_done(std::chrono::seconds(1))) {
    }
    return true;
  }
};

// A stream of 30 ms a frame, in each of which the mouth is covered.
class Deadline : public testing::Test {
 protected:
  // What becomes of a frame that is to be done in 30 ms.
  FaceOutcome repair() {
    RepairRun run;
    run.options.blend = Blend::kNone;
    run.deadline = clock->time + milliseconds(30);
    run.patience = patience;
    frame = std::make_unique<SlowFrame>(covered(30, 80, 100, 120), *this);
    frame->faces.push_back(face_with(mask_of(30, 80, 100, 120)));
    counts = repairer.repair({frame.get()}, run);
    return frame->outcomes.at(0);
  }
  RepairClock::TimePoint in(int time) const { return clock->time + milliseconds(time); }

  struct SlowFrame : CountedFrame {
    Deadline& stream;
    SlowFrame(Image image, Deadline& its_stream)
        : CountedFrame(std::move(image)), stream(its_stream) {}
    Frame writable() override {
      stream.clock->time += stream.painting;
      return CountedFrame::writable();
    }
  };

  std::shared_ptr<SetClock> clock = std::make_shared<SetClock>();
  VideoRepairer repairer{"lfw-complete128", "cpu", clock};
  milliseconds patience{0}, painting{0};
  std::unique_ptr<SlowFrame> frame;  // the last one
  RepairCounts counts;               // of it
};

TEST_F(Deadline, ShowsACompletionThatIsDoneInTime) {
  const auto done = in(30);
  clock->done = {done};
  EXPECT_EQ(repair().action, FaceAction::kRepaired);
  EXPECT_TRUE(frame->is_changed);
  EXPECT_EQ(counts.skipped, 0u);
  EXPECT_EQ(clock->time, done);
}

TEST_F(Deadline, LeavesAFaceAsItIsUntilItsFirstCompletionIsDone) {
  const auto deadline = in(30);
  clock->done = {in(31)};
  const FaceOutcome late = repair();
  EXPECT_EQ(late.action, FaceAction::kLate);
  EXPECT_STREQ(late.why, "deadline");
  EXPECT_EQ(late.invented, 0);
  EXPECT_EQ(counts.skipped, 1u);
  EXPECT_EQ(clock->time, deadline) << "it waits no longer";
  EXPECT_FALSE(frame->is_changed);
  EXPECT_EQ(frame->picture.pixels, covered(30, 80, 100, 120).pixels);
}

TEST_F(Deadline, ShowsTheLastCompletionUntilTheNextIsDone) {
  clock->done = {in(40), kNever};
  repair();
  clock->time += milliseconds(20);
  const FaceOutcome late = repair();
  EXPECT_EQ(counts.faces, 1u) << "the first frame's, which is done now";
  EXPECT_EQ(late.action, FaceAction::kLate);
  EXPECT_TRUE(frame->is_changed);
  EXPECT_TRUE(std::isnan(late.seen)) << "nobody knows it of an earlier frame's";
  double error = 0, damage = 0;
  for (int y = 80; y < 120; ++y)
    for (int i = 3 * 30; i < 3 * 100; ++i) {
      error += std::abs(frame->picture.row(y)[i] - face_picture().row(y)[i]);
      damage += std::abs(128 - face_picture().row(y)[i]);
    }
  EXPECT_LT(error, 0.6 * damage);
}

TEST_F(Deadline, WaitsForAFaceThatHasNothingToShow) {
  patience = milliseconds(20);
  const auto done = in(45);
  clock->done = {done};
  EXPECT_EQ(repair().action, FaceAction::kRepaired);
  EXPECT_EQ(clock->time, done);
  const auto deadline = in(30);
  clock->done = {in(45)};
  EXPECT_EQ(repair().action, FaceAction::kLate);
  EXPECT_TRUE(frame->is_changed);
  EXPECT_EQ(clock->time, deadline) << "a face that is known has no patience";
}

TEST_F(Deadline, LeavesTimeToPaint) {
  painting = milliseconds(10);
  clock->done = {in(5)};
  EXPECT_EQ(repair().action, FaceAction::kRepaired);
  const auto deadline = in(30);
  clock->done = {in(25)};
  EXPECT_EQ(repair().action, FaceAction::kLate);
  EXPECT_EQ(clock->time, deadline) << "10 ms before it, and 10 ms to paint";
}

TEST_F(Deadline, AfterAForgettingTheWorkOfAnEarlierFrameIsShownNoMore) {
  clock->done = {in(40), kNever};
  repair();
  repairer.forget();
  clock->time += milliseconds(20);
  EXPECT_EQ(repair().action, FaceAction::kLate);
  EXPECT_EQ(counts.faces, 0u);
  EXPECT_FALSE(frame->is_changed);
}

}  // namespace
}  // namespace ganface
