// SPDX-License-Identifier: MIT
// Tests of the element ganfake.
#include <atomic>
#include <thread>

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

TEST(GanFake, KnowsItsDurationAndConvertsFramesToTime) {
  GstHarness* harness = gst_harness_new_parse(
      "ganfake name=fake grid=1x1 num-buffers=30 ! capsfilter caps=\"video/x-raw,framerate=15/1\"");
  gst_harness_play(harness);
  gst_buffer_unref(gst_harness_pull(harness));
  GstElement* fake = gst_bin_get_by_name(GST_BIN(harness->element), "fake");
  gint64 value = 0;
  EXPECT_TRUE(gst_element_query_duration(fake, GST_FORMAT_TIME, &value));
  EXPECT_EQ(value, static_cast<gint64>(2 * GST_SECOND));
  EXPECT_TRUE(gst_element_query_duration(fake, GST_FORMAT_DEFAULT, &value));
  EXPECT_EQ(value, 30);
  EXPECT_TRUE(gst_element_query_convert(fake, GST_FORMAT_DEFAULT, 15, GST_FORMAT_TIME, &value));
  EXPECT_EQ(value, static_cast<gint64>(GST_SECOND));
  gst_object_unref(fake);
  gst_harness_teardown(harness);
}

// A critical message would end the test (G_DEBUG=fatal-criticals).
TEST(GanFake, ConvertsNothingBeforeThereAreCaps) {
  GstElement* fake = gst_element_factory_make("ganfake", nullptr);
  gst_object_ref_sink(fake);
  const GLogLevelFlags before =
      g_log_set_always_fatal(static_cast<GLogLevelFlags>(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK));
  gint64 value = 0;
  for (const GstFormat to : {GST_FORMAT_DEFAULT, GST_FORMAT_BYTES})
    EXPECT_FALSE(gst_element_query_convert(fake, GST_FORMAT_TIME, GST_SECOND, to, &value));
  EXPECT_FALSE(gst_element_query_duration(fake, GST_FORMAT_TIME, &value));
  g_log_set_always_fatal(before);
  gst_object_unref(fake);
}

// Applications may ask at any time, as those that draw a window do.
TEST(GanFake, AnswersCapsQueriesWhileItStartsAndStops) {
  GstElement* pipeline =
      gst_parse_launch("ganfake name=fake grid=1x1 ! fakesink sync=false", nullptr);
  GstElement* fake = gst_bin_get_by_name(GST_BIN(pipeline), "fake");
  GstPad* pad = gst_element_get_static_pad(fake, "src");
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread asking([&] {
    while (!stop) {
      GstCaps* caps = gst_pad_query_caps(pad, nullptr);
      // Of any size, or of one face.
      gint width = 64;
      gst_structure_get_int(gst_caps_get_structure(caps, 0), "width", &width);
      wrong += width != 64;
      gst_caps_unref(caps);
      gint64 value = 0;
      gst_pad_query_convert(pad, GST_FORMAT_TIME, GST_SECOND, GST_FORMAT_DEFAULT, &value);
      gst_pad_query_duration(pad, GST_FORMAT_TIME, &value);
    }
  });
  for (int i = 0; i < 20; ++i) {
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    g_usleep(static_cast<gulong>(2000 + 1000 * i));
    gst_element_set_state(pipeline, GST_STATE_NULL);
  }
  stop = true;
  asking.join();
  EXPECT_EQ(wrong, 0);
  gst_object_unref(pad);
  gst_object_unref(fake);
  gst_object_unref(pipeline);
}

// Timestamps, in frames of 100 ms, that reach a sink between a seek and the end.
std::vector<int> frames_after_seek(gdouble rate, gint64 start_ms, gint64 stop_ms,
                                   std::vector<std::vector<uint8_t>>* pictures = nullptr) {
  struct Seen {
    std::vector<int> numbers;
    std::vector<std::vector<uint8_t>>* pictures;
    bool on;
  } seen{{}, pictures, false};
  GstElement* pipeline = gst_parse_launch(
      "ganfake grid=1x1 walk=line num-buffers=10 ! video/x-raw,framerate=10/1 ! fakesink name=sink",
      nullptr);
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstPad* pad = gst_element_get_static_pad(sink, "sink");
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  gst_element_get_state(pipeline, nullptr, nullptr, 30 * GST_SECOND);
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto* seen = static_cast<Seen*>(data);
        GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
        seen->numbers.push_back(static_cast<int>(GST_BUFFER_PTS(buffer) / (100 * GST_MSECOND)));
        if (seen->pictures != nullptr) seen->pictures->push_back(bytes_of(buffer));
        return GST_PAD_PROBE_OK;
      },
      &seen, nullptr);
  EXPECT_TRUE(gst_element_seek(pipeline, rate, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                               GST_SEEK_TYPE_SET, start_ms * gint64{GST_MSECOND}, GST_SEEK_TYPE_SET,
                               stop_ms * gint64{GST_MSECOND}));
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 30 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  EXPECT_NE(message, nullptr);
  if (message != nullptr) gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (gpointer object : {gpointer(bus), gpointer(pad), gpointer(sink), gpointer(pipeline)})
    gst_object_unref(object);
  return seen.numbers;
}

TEST(GanFake, SeeksToFramesThatAreTheSameAsWithoutASeek) {
  std::vector<std::vector<uint8_t>> sought;
  EXPECT_EQ(frames_after_seek(1, 300, 600, &sought), (std::vector<int>{3, 4, 5}));
  const auto all = frames_of("ganfake grid=1x1 walk=line num-buffers=6", 6);
  ASSERT_EQ(sought.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(sought[i], all[3 + i]) << i;
}

TEST(GanFake, PlaysBackwards) {
  EXPECT_EQ(frames_after_seek(-1, 200, 500), (std::vector<int>{4, 3, 2}));
}

TEST(GanFake, SeeksBackAfterItsEnd) {
  EXPECT_EQ(frames_after_seek(1, 800, 5000), (std::vector<int>{8, 9}));
}

TEST(GanFake, LiveSourceRefusesSeeks) {
  GstElement* pipeline =
      gst_parse_launch("ganfake grid=1x1 is-live=true num-buffers=2 ! fakesink", nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  gst_element_get_state(pipeline, nullptr, nullptr, 30 * GST_SECOND);
  EXPECT_FALSE(gst_element_seek_simple(pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0));
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
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
