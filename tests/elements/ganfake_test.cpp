// SPDX-License-Identifier: MIT
// Tests of the element ganfake.
#include "harness.h"

namespace ganface::test {
namespace {

// The first `count` frames of a launch line.
std::vector<std::vector<uint8_t>> frames_of(const std::string& line, int count) {
  GstHarness* harness = gst_harness_new_parse(line.c_str());
  gst_harness_play(harness);
  std::vector<std::vector<uint8_t>> frames;
  for (int i = 0; i < count; ++i) {
    GstBuffer* buffer = gst_harness_pull(harness);
    if (buffer == nullptr) break;
    frames.push_back(bytes_of(buffer));
    gst_buffer_unref(buffer);
  }
  gst_harness_teardown(harness);
  return frames;
}

TEST(GanFake, SameSeedGivesSameBytes) {
  const auto first = frames_of("ganfake grid=2x1 seed=7 num-buffers=1", 1);
  const auto second = frames_of("ganfake grid=2x1 seed=7 num-buffers=1", 1);
  const auto other = frames_of("ganfake grid=2x1 seed=8 num-buffers=1", 1);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first, second);
  EXPECT_NE(first, other);
}

TEST(GanFake, SheetOf64FacesIs512PixelsSquare) {
  const auto frames = frames_of("ganfake grid=8x8 seed=1 num-buffers=1", 1);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].size(), 512u * 512u * 3u);
}

TEST(GanFake, TimestampsFollowFramerate) {
  GstHarness* harness = gst_harness_new_parse(
      "ganfake grid=1x1 num-buffers=3 ! capsfilter caps=\"video/x-raw,framerate=30000/1001\"");
  gst_harness_play(harness);
  for (guint64 i = 0; i < 3; ++i) {
    GstBuffer* buffer = gst_harness_pull(harness);
    ASSERT_NE(buffer, nullptr);
    EXPECT_EQ(GST_BUFFER_PTS(buffer), gst_util_uint64_scale(i, GST_SECOND * 1001, 30000));
    gst_buffer_unref(buffer);
  }
  gst_harness_teardown(harness);
}

TEST(GanFake, LoopReturnsToItsFirstFrame) {
  const auto frames = frames_of("ganfake grid=1x1 walk=loop walk-frames=8 num-buffers=9", 9);
  ASSERT_EQ(frames.size(), 9u);
  EXPECT_EQ(frames[0], frames[8]);
  EXPECT_NE(frames[0], frames[4]);
}

TEST(GanFake, NamesBadGrid) {
  for (const char* grid : {"8", "0x8", "8x", "8x8x8", "65x1", "-1x2"}) {
    const std::string message =
        run_pipeline(std::string("ganfake num-buffers=1 grid=") + grid + " ! fakesink");
    EXPECT_NE(message.find("grid"), std::string::npos) << grid << ": " << message;
  }
}

TEST(GanFake, NamesMissingModel) {
  const std::string message = run_pipeline("ganfake num-buffers=1 model=no-such-model ! fakesink");
  EXPECT_NE(message.find("no-such-model"), std::string::npos) << message;
}

}  // namespace
}  // namespace ganface::test
