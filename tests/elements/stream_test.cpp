// SPDX-License-Identifier: MIT
// Tests of how the elements behave in a stream: batches, flushes, seeks, states, latency, errors.
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "gstfacemaskmeta.h"
#include "harness.h"
#include "loaded_models.h"

namespace ganface::test {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

GstBuffer* frame_at(const GstVideoInfo& info, int number) {
  GstBuffer* buffer = to_buffer(gradient_frame(info));
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(number) * 40 * GST_MSECOND;
  return buffer;
}

// facemask ! ganinpaint in a harness.
class Stream : public ::testing::Test {
 public:
  void TearDown() override {
    if (harness_ != nullptr) gst_harness_teardown(harness_);
  }

 protected:
  void start(const std::string& settings,
             const std::string& mask = "face-source=frame region=center") {
    harness_ = gst_harness_new_parse(
        ("facemask name=mask " + mask + " ! ganinpaint name=repair " + settings).c_str());
    gst_harness_set_src_caps_str(harness_, caps_of(info_).c_str());
  }
  void push(int number) {
    ASSERT_EQ(gst_harness_push(harness_, frame_at(info_, number)), GST_FLOW_OK) << number;
  }
  GstClockTime pull() {
    GstBuffer* buffer = gst_harness_pull(harness_);
    if (buffer == nullptr) return GST_CLOCK_TIME_NONE;
    const GstClockTime time = GST_BUFFER_PTS(buffer);
    gst_buffer_unref(buffer);
    return time;
  }
  GstElement* element(const char* name) {
    GstElement* found = gst_bin_get_by_name(GST_BIN(harness_->element), name);
    gst_object_unref(found);  // the bin keeps it
    return found;
  }
  guint64 statistic(const char* name) {
    GstStructure* stats = nullptr;
    g_object_get(element("repair"), "stats", &stats, nullptr);
    guint64 value = 0;
    EXPECT_TRUE(gst_structure_get_uint64(stats, name, &value)) << name;
    gst_structure_free(stats);
    return value;
  }

  GstHarness* harness_ = nullptr;
  GstVideoInfo info_ = video_info(GST_VIDEO_FORMAT_RGB, 64, 64);
};

TEST_F(Stream, FillsABatchBeforeAnyFrameLeaves) {
  start("iterations=1 batch-size=3 batch-timeout=60000");
  push(0);
  push(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(gst_harness_buffers_received(harness_), 0u);
  push(2);
  for (guint64 i = 0; i < 3; ++i) EXPECT_EQ(pull(), i * 40 * GST_MSECOND);
}

TEST_F(Stream, PartialBatchLeavesAfterItsTimeout) {
  start("iterations=1 batch-size=8 batch-timeout=100");
  const auto begin = Clock::now();
  push(0);
  push(1);
  EXPECT_EQ(pull(), 0u);
  EXPECT_GE(seconds_since(begin), 0.1);
  EXPECT_EQ(pull(), 40 * GST_MSECOND);
}

TEST_F(Stream, EndOfStreamDrainsAPartialBatch) {
  start("iterations=1 batch-size=7 batch-timeout=60000");
  for (int i = 0; i < 10; ++i) push(i);
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_eos()));
  for (guint64 i = 0; i < 10; ++i) EXPECT_EQ(pull(), i * 40 * GST_MSECOND);
  GstEvent* event = nullptr;
  do {  // the sticky events that went before
    if (event != nullptr) gst_event_unref(event);
    event = gst_harness_pull_event(harness_);
    ASSERT_NE(event, nullptr);
  } while (GST_EVENT_TYPE(event) != GST_EVENT_EOS);
  gst_event_unref(event);
  EXPECT_EQ(gst_harness_buffers_received(harness_), 10u);
}

TEST_F(Stream, EventsKeepTheirPlaceBetweenFrames) {
  start("iterations=1 batch-size=4 batch-timeout=60000");
  push(0);
  push(1);
  GstEvent* mark =
      gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("mark"));
  struct Order {
    std::mutex mutex;
    std::vector<std::string> seen;
    void add(const char* what) {
      const std::lock_guard lock(mutex);
      seen.push_back(what);
    }
    std::vector<std::string> get() {
      const std::lock_guard lock(mutex);
      return seen;
    }
  } order;
  GstPad* pad = gst_element_get_static_pad(element("repair"), "src");
  gst_pad_add_probe(
      pad,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto& order = *static_cast<Order*>(data);
        if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0)
          order.add("frame");
        else if (gst_event_has_name(GST_PAD_PROBE_INFO_EVENT(info), "mark"))
          order.add("mark");
        return GST_PAD_PROBE_OK;
      },
      &order, nullptr);
  ASSERT_TRUE(gst_harness_push_event(harness_, mark));
  push(2);
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_eos()));
  for (int i = 0; i < 3; ++i) pull();
  EXPECT_EQ(order.get(), (std::vector<std::string>{"frame", "frame", "mark", "frame"}));
  gst_object_unref(pad);
}

TEST_F(Stream, NewCapsInMidStreamWaitForTheFramesBefore) {
  start("iterations=1 batch-size=4 batch-timeout=60000");
  push(0);
  push(1);
  info_ = video_info(GST_VIDEO_FORMAT_I420, 97, 35);
  gst_harness_set_src_caps_str(harness_, caps_of(info_).c_str());
  push(2);
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_eos()));
  for (int i = 0; i < 3; ++i) {
    GstBuffer* buffer = gst_harness_pull(harness_);
    ASSERT_NE(buffer, nullptr);
    EXPECT_EQ(gst_buffer_get_size(buffer), i < 2 ? 64u * 64 * 3 : GST_VIDEO_INFO_SIZE(&info_));
    gst_buffer_unref(buffer);
  }
}

TEST_F(Stream, FlushInterruptsALongSearchAndDropsWhatIsHeld) {
  start("preset=paper iterations=100000 restarts=64");
  push(0);
  push(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the search is under way
  const auto begin = Clock::now();
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_flush_start()));
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_flush_stop(TRUE)));
  EXPECT_LT(seconds_since(begin), 5) << "a step of the search takes a fraction of a second";
  EXPECT_EQ(gst_harness_buffers_received(harness_), 0u);
  g_object_set(element("repair"), "iterations", 1, "restarts", 1, nullptr);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_segment(&segment)));
  push(5);
  EXPECT_EQ(pull(), 200 * GST_MSECOND);
}

TEST_F(Stream, AFlushStopWithoutAStartWaitsForWhatIsUnderWay) {
  start("iterations=1 restarts=1");
  for (int round = 0; round < 10; ++round) {
    push(2 * round);
    push(2 * round + 1);
    ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_flush_stop(TRUE)));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_segment(&segment)));
  }
  push(100);
  GstClockTime last = 0;
  while (last != 100 * 40 * GST_MSECOND) {
    last = pull();
    ASSERT_NE(last, GST_CLOCK_TIME_NONE);
  }
}

TEST_F(Stream, AFlushKeepsCapsThatWaitBehindALongSearch) {
  start("preset=paper iterations=100000 restarts=64");
  push(0);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the search is under way
  info_ = video_info(GST_VIDEO_FORMAT_RGB, 97, 35);
  gst_harness_set_src_caps_str(harness_, caps_of(info_).c_str());
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_flush_start()));
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_flush_stop(TRUE)));
  g_object_set(element("repair"), "iterations", 1, "restarts", 1, nullptr);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_segment(&segment)));
  push(5);
  GstBuffer* buffer = gst_harness_pull(harness_);
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(gst_buffer_get_size(buffer), GST_VIDEO_INFO_SIZE(&info_));
  gst_buffer_unref(buffer);
  GstCaps* caps = gst_pad_get_current_caps(harness_->sinkpad);
  GstVideoInfo last;
  ASSERT_NE(caps, nullptr);
  gst_video_info_from_caps(&last, caps);
  gst_caps_unref(caps);
  EXPECT_EQ(GST_VIDEO_INFO_WIDTH(&last), 97) << "downstream has them too";
}

// As it is under the thread of a source that has not stopped yet: an error there would be one of
// the whole pipeline.
TEST_F(Stream, AFrameAndItsSegmentAreNoErrorWhileTheElementStops) {
  harness_ = gst_harness_new("ganinpaint");
  gst_harness_set_src_caps_str(harness_, caps_of(info_).c_str());
  push(0);
  pull();
  GstPad* source = gst_element_get_static_pad(harness_->element, "src");
  gst_pad_set_active(source, FALSE);  // the first that a stopping element does
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = 7;
  gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  EXPECT_EQ(gst_harness_push(harness_, frame_at(info_, 1)), GST_FLOW_FLUSHING);
  gst_object_unref(source);
}

// Of a masked face, whose pixels would be looked for where nothing says that there are any.
TEST(StreamStart, AFrameBeforeAnyCapsIsNotNegotiated) {
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 64, 64);
  for (const bool masked : {true, false}) {
    GstHarness* harness = gst_harness_new("ganinpaint");
    gst_harness_play(harness);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(harness, gst_event_new_stream_start("test"));
    gst_harness_push_event(harness, gst_event_new_segment(&segment));
    GstBuffer* frame = frame_at(info, 0);
    if (masked) {
      const double transform[6] = {1. / 64, 0, 0, 0, 1. / 64, 0};
      GBytes* mask = g_bytes_new_take(g_malloc0(64 * 64), 64 * 64);
      gst_buffer_add_face_mask_meta(frame, 1, 1.0, transform, 64, mask);
      g_bytes_unref(mask);
    }
    EXPECT_EQ(gst_harness_push(harness, frame), GST_FLOW_NOT_NEGOTIATED);
    gst_harness_teardown(harness);
  }
}

TEST(StreamStart, RefusesPixelsThatAreAbsurdlyLong) {
  for (const char* aspect : {"17/1", "1/17", "20000/1"})
    for (const char* element : {"facemask", "ganinpaint"}) {
      const std::string error =
          run_pipeline(std::string("videotestsrc num-buffers=1 ! capssetter caps=video/x-raw,"
                                   "pixel-aspect-ratio=") +
                       aspect + " ! " + element + " ! fakesink");
      EXPECT_NE(error.find("16 times as long as short"), std::string::npos) << error;
    }
  EXPECT_EQ(run_pipeline("videotestsrc num-buffers=1 ! capssetter caps=video/x-raw,"
                         "pixel-aspect-ratio=2/1 ! facemask ! ganinpaint ! fakesink"),
            "");
}

TEST_F(Stream, StopsQuicklyWhileBusy) {
  start("preset=paper iterations=100000 restarts=64");
  push(0);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto begin = Clock::now();
  gst_harness_teardown(harness_);
  harness_ = nullptr;
  EXPECT_LT(seconds_since(begin), 5);
}

TEST_F(Stream, DeadlineEndsTheSearchAndIsCounted) {
  start("preset=paper iterations=100000 deadline=100");
  const auto begin = Clock::now();
  push(0);
  EXPECT_EQ(pull(), 0u);
  EXPECT_LT(seconds_since(begin), 10) << "100,000 steps take far longer";
  EXPECT_EQ(statistic("deadlines-missed"), 1u);
  EXPECT_LT(statistic("iterations"), 100000u);
}

TEST_F(Stream, AnswersLatencyWithWhatItHoldsAndItsDeadline) {
  start("iterations=1 deadline=70 batch-size=4 batch-timeout=500");
  push(0);
  pull();
  // Three frames of 40 ms to fill a batch, and 70 ms of work. The harness' source is not live.
  EXPECT_EQ(gst_harness_query_latency(harness_), (3 * 40 + 70) * GST_MSECOND);
  g_object_set(element("repair"), "batch-timeout", 50, nullptr);
  EXPECT_EQ(gst_harness_query_latency(harness_), (50 + 70) * GST_MSECOND);
  g_object_set(element("repair"), "batch-size", 1, nullptr);
  EXPECT_EQ(gst_harness_query_latency(harness_), 70 * GST_MSECOND);
}

TEST_F(Stream, PostsLatencyWhenItChanges) {
  start("iterations=1");
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(harness_->element, bus);
  for (int i = 0; i < 16; ++i) {
    push(i);
    pull();
  }
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 5 * GST_SECOND, GST_MESSAGE_LATENCY);
  gst_element_set_bus(harness_->element, nullptr);
  ASSERT_NE(message, nullptr) << "repairs take time, which was said to be none";
  gst_message_unref(message);
  gst_object_unref(bus);
  EXPECT_GT(gst_harness_query_latency(harness_), 0u);
}

TEST_F(Stream, AnErrorEndsTheStreamUnlessToldToPassFramesOn) {
  for (const bool pass : {false, true}) {
    harness_ = gst_harness_new_parse(pass ? "ganinpaint name=repair on-error=passthrough"
                                          : "ganinpaint name=repair");
    GstBus* bus = gst_bus_new();
    gst_element_set_bus(harness_->element, bus);
    gst_harness_set_src_caps_str(harness_, caps_of(info_).c_str());
    GstBuffer* buffer = to_buffer(gradient_frame(info_));
    const gdouble no_inverse[6] = {};
    const std::vector<uint8_t> hole(64, 255);
    GBytes* mask = g_bytes_new(hole.data(), hole.size());
    gst_buffer_add_face_mask_meta(buffer, 0, 1, no_inverse, 8, mask);
    g_bytes_unref(mask);
    ASSERT_EQ(gst_harness_push(harness_, buffer), GST_FLOW_OK);
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 10 * GST_SECOND, pass ? GST_MESSAGE_WARNING : GST_MESSAGE_ERROR);
    ASSERT_NE(message, nullptr);
    gst_message_unref(message);
    if (pass) {
      GstBuffer* passed = gst_harness_pull(harness_);
      EXPECT_EQ(bytes_of(passed), gradient_frame(info_));
      gst_buffer_unref(passed);
      EXPECT_EQ(statistic("failed"), 1u);
    } else {
      // The error was posted on another thread; upstream gets it with its next frame, once that
      // thread has ended.
      GstFlowReturn flow = GST_FLOW_OK;
      for (int i = 1; i < 1000 && flow == GST_FLOW_OK; ++i) {
        flow = gst_harness_push(harness_, frame_at(info_, i));
        g_usleep(1000);
      }
      EXPECT_EQ(flow, GST_FLOW_ERROR);
      EXPECT_EQ(gst_harness_buffers_received(harness_), 0u);
    }
    gst_element_set_bus(harness_->element, nullptr);
    gst_object_unref(bus);
    gst_harness_teardown(harness_);
    harness_ = nullptr;
  }
}

TEST_F(Stream, PostsStatisticsAtTheEnd) {
  start("iterations=1 post-messages=true");
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(harness_->element, bus);
  push(0);
  pull();
  ASSERT_TRUE(gst_harness_push_event(harness_, gst_event_new_eos()));
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 5 * GST_SECOND, GST_MESSAGE_ELEMENT);
  ASSERT_NE(message, nullptr);
  const GstStructure* structure = gst_message_get_structure(message);
  EXPECT_STREQ(gst_structure_get_name(structure), "ganinpaint-stats");
  guint64 faces = 0;
  EXPECT_TRUE(gst_structure_get_uint64(structure, "faces", &faces));
  EXPECT_EQ(faces, 1u);
  gst_message_unref(message);
  gst_element_set_bus(harness_->element, nullptr);
  gst_object_unref(bus);
}

// Under ThreadSanitizer (./run sanitize thread) this is where a lock that is missing shows.
TEST_F(Stream, AnApplicationReadsAndSetsWhileFramesPass) {
  constexpr guint64 kFrames = 60;
  start("iterations=1");
  std::atomic<bool> passes{true};
  std::thread stream([&] {
    for (guint64 i = 0; i < kFrames; ++i) {
      push(static_cast<int>(i));
      EXPECT_EQ(pull(), i * 40 * GST_MSECOND);
    }
    passes = false;
  });
  guint64 last = 0;
  for (int turn = 0; passes; ++turn) {
    const guint64 frames = statistic("frames");
    EXPECT_GE(frames, last);
    last = frames;
    g_object_set(element("repair"), "lambda", 0.001 * (turn % 5), "qos", turn % 2, nullptr);
    g_object_set(element("mask"), "dilate", turn % 4, "feather", turn % 3, nullptr);
    gdouble lambda = 0;
    g_object_get(element("repair"), "lambda", &lambda, nullptr);
    EXPECT_EQ(lambda, 0.001 * (turn % 5));
    gst_harness_query_latency(harness_);
    std::this_thread::yield();
  }
  stream.join();
  EXPECT_EQ(statistic("frames"), kFrames);
  EXPECT_EQ(statistic("faces"), kFrames);
}

TEST_F(Stream, LateFramesAreKeptUnlessQosIsOn) {
  for (const bool qos : {false, true}) {
    start(qos ? "iterations=1 qos=true" : "iterations=1");
    push(0);
    pull();
    // Frame 0 came 100 ms late: frames before 0 + 2 x 100 + 40 ms are late too.
    gst_harness_push_upstream_event(
        harness_, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1, 100 * GST_MSECOND, 0));
    for (int i = 1; i <= 6; ++i) push(i);
    EXPECT_EQ(pull(), (qos ? 6 : 1) * 40 * GST_MSECOND);
    EXPECT_EQ(statistic("dropped"), qos ? 5u : 0u);
    gst_harness_teardown(harness_);
    harness_ = nullptr;
  }
}

TEST_F(Stream, PutsTransparentPixelsBack) {
  info_ = video_info(GST_VIDEO_FORMAT_RGBA, 64, 64);
  harness_ = gst_harness_new_parse("ganinpaint iterations=1 blend=none");
  gst_harness_set_src_caps_str(harness_, caps_of(info_).c_str());
  std::vector<uint8_t> frame(64 * 64 * 4, 200);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const bool hole = x >= 20 && x < 40 && y >= 30 && y < 50;
      frame[static_cast<size_t>((y * 64 + x) * 4 + 3)] = hole ? 0 : 255;
    }
  ASSERT_EQ(gst_harness_push(harness_, to_buffer(frame)), GST_FLOW_OK);
  GstBuffer* buffer = gst_harness_pull(harness_);
  const std::vector<uint8_t> repaired = bytes_of(buffer);
  gst_buffer_unref(buffer);
  int changed = 0;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const auto i = static_cast<size_t>((y * 64 + x) * 4);
      const bool near_hole = x >= 18 && x < 42 && y >= 28 && y < 52;
      ASSERT_EQ(repaired[i + 3], 255) << x << "," << y;
      if (!near_hole) {
        ASSERT_EQ(repaired[i], 200) << x << "," << y;
      }
      changed += repaired[i] != 200;
    }
  EXPECT_GT(changed, 300);
}

TEST_F(Stream, LeavesNoTransparentPixelInALargeFrame) {
  constexpr int kSide = 400;
  info_ = video_info(GST_VIDEO_FORMAT_RGBA, kSide, kSide);
  harness_ = gst_harness_new_parse("ganinpaint iterations=1");
  gst_harness_set_src_caps_str(harness_, caps_of(info_).c_str());
  std::vector<uint8_t> frame(kSide * kSide * 4, 255);
  // A scratch of one pixel, far narrower than a pixel of the mask.
  for (int y = 50; y < 350; ++y) frame[static_cast<size_t>((y * kSide + 123) * 4 + 3)] = 0;
  ASSERT_EQ(gst_harness_push(harness_, to_buffer(frame)), GST_FLOW_OK);
  GstBuffer* buffer = gst_harness_pull(harness_);
  const std::vector<uint8_t> repaired = bytes_of(buffer);
  gst_buffer_unref(buffer);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      ASSERT_EQ(repaired[static_cast<size_t>((y * kSide + x) * 4 + 3)], 255) << x << "," << y;
}

TEST_F(Stream, TransparencyIsNoMaskWhereFacesAreLookedFor) {
  info_ = video_info(GST_VIDEO_FORMAT_RGBA, 64, 64);
  start("iterations=1", "face-source=roi");
  const std::vector<uint8_t> frame(64 * 64 * 4, 0);
  ASSERT_EQ(gst_harness_push(harness_, to_buffer(frame)), GST_FLOW_OK);
  GstBuffer* buffer = gst_harness_pull(harness_);
  EXPECT_EQ(bytes_of(buffer), frame);
  gst_buffer_unref(buffer);
}

long resident_kib() {
  std::ifstream file("/proc/self/statm");
  long total = 0, resident = 0;
  file >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// Memory that is allocated and not freed; resident pages would count the allocator's spare ones
// too.
long allocated_kib() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<long>((heap.uordblks + heap.hblkhd) / 1024);
}

TEST_F(Stream, InstancesShareOneLoadedModel) {
  std::vector<GstElement*> elements;
  const long before = resident_kib();
  for (int i = 0; i < 8; ++i) {
    elements.push_back(gst_element_factory_make("ganinpaint", nullptr));
    ASSERT_EQ(gst_element_set_state(elements.back(), GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  }
  // Eight more copies would take eight times the 33 MB of the file.
  EXPECT_LT(resident_kib() - before, 33 * 1024);
  for (GstElement* element : elements) {
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
  }
}

TEST_F(Stream, TakesAnotherModelWithTheNextStream) {
  start("iterations=1");
  push(0);
  pull();
  g_object_set(element("repair"), "model", "no-such-model", nullptr);
  push(1);
  pull();  // the stream keeps its model
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(harness_->element, bus);
  gst_harness_push_event(harness_, gst_event_new_stream_start("another"));
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 10 * GST_SECOND, GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  EXPECT_NE(std::string(error->message).find("no-such-model"), std::string::npos);
  g_error_free(error);
  gst_message_unref(message);
  gst_element_set_bus(harness_->element, nullptr);
  gst_object_unref(bus);
}

// Cycles between NULL and PLAYING: GANFACE_TEST_CYCLES of them, 100 unless told. Threads that start
// and end move the figure of allocated memory by up to a few MB once in a while; a leak grows in
// each stretch of cycles, so that the median of the stretches tells them apart.
TEST_F(Stream, StateCyclesKeepMemoryFlat) {
  const char* wanted = std::getenv("GANFACE_TEST_CYCLES");
  const int stretches = 5;
  const int cycles = (wanted != nullptr ? std::atoi(wanted) : 100) / stretches;
  ASSERT_GE(cycles, 20) << "GANFACE_TEST_CYCLES below 100 tells nothing";
  GstElement* pipeline = gst_parse_launch(
      "videotestsrc num-buffers=2 ! video/x-raw,width=64,height=64 ! facemask face-source=frame "
      "region=center ! "
      "ganinpaint iterations=1 ! fakesink sync=false",
      nullptr);
  GstBus* bus = gst_element_get_bus(pipeline);
  const auto cycle = [&] {
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS);
    gst_message_unref(message);
    gst_element_set_state(pipeline, GST_STATE_NULL);
  };
  for (int i = 0; i < cycles; ++i) cycle();  // allocators and caches settle
  std::vector<long> grown;
  const long resident_before = resident_kib();
  for (int stretch = 0; stretch < stretches; ++stretch) {
    const long before = allocated_kib();
    for (int i = 0; i < cycles; ++i) cycle();
    grown.push_back(allocated_kib() - before);
    std::printf("%d cycles: %ld KiB more allocated\n", cycles, grown.back());
  }
  std::printf("%d cycles: %ld KiB more resident\n", stretches * cycles,
              resident_kib() - resident_before);
  std::sort(grown.begin(), grown.end());
  // A leaked frame a cycle would be 12 KiB each.
  EXPECT_LT(grown[stretches / 2], 32 + cycles) << "KiB in " << cycles << " cycles";
  gst_object_unref(bus);
  gst_object_unref(pipeline);
}

TEST_F(Stream, TheLastElementFreesItsModel) {
  // Named so, the device's model is not the one that is held.
  const auto load = [] {
    GstElement* element = gst_element_factory_make("ganinpaint", nullptr);
    gst_util_set_object_arg(G_OBJECT(element), "method", "latent");
    g_object_set(element, "device", "cpu", nullptr);
    EXPECT_EQ(gst_element_set_state(element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
  };
  load();
  const long before = allocated_kib();
  for (int i = 0; i < 3; ++i) load();
  EXPECT_LT(allocated_kib() - before, 16 * 1024) << "KiB; a model takes 33 MB";
}

TEST_F(Stream, PausesAndStopsWithoutData) {
  for (const char* name : {"facemask", "ganinpaint", "ganfake"}) {
    GstElement* element = gst_element_factory_make(name, nullptr);
    for (int i = 0; i < 3; ++i) {
      EXPECT_NE(gst_element_set_state(element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE) << name;
      EXPECT_EQ(gst_element_set_state(element, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS) << name;
    }
    gst_object_unref(element);
  }
}

TEST_F(Stream, EndsWhenDownstreamHasHadEnough) {
  for (const char* end : {"fakesink num-buffers=3", "identity eos-after=3 ! fakesink"}) {
    GstElement* pipeline =
        gst_parse_launch((std::string("videotestsrc ! video/x-raw,format=RGB,width=64,height=64 ! "
                                      "ganinpaint iterations=1 batch-size=2 ! ") +
                          end)
                             .c_str(),
                         nullptr);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstBus* bus = gst_element_get_bus(pipeline);
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 30 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    ASSERT_NE(message, nullptr) << end;
    EXPECT_EQ(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS) << end;
    gst_message_unref(message);
    gst_object_unref(bus);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
}

TEST_F(Stream, SeeksThroughTheWholeChain) {
  GstElement* pipeline = gst_parse_launch(
      "ganfake grid=1x1 num-buffers=50 walk=line ! video/x-raw,framerate=25/1 ! "
      "facemask face-source=frame region=center ! ganinpaint iterations=1 batch-size=3 ! "
      "fakesink name=sink sync=false enable-last-sample=true",
      nullptr);
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  ASSERT_EQ(gst_element_get_state(pipeline, nullptr, nullptr, 60 * GST_SECOND),
            GST_STATE_CHANGE_SUCCESS);
  gint64 duration = 0;
  EXPECT_TRUE(gst_element_query_duration(pipeline, GST_FORMAT_TIME, &duration));
  EXPECT_EQ(duration, static_cast<gint64>(2 * GST_SECOND));
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  for (const GstClockTime target : {GstClockTime{1 * GST_SECOND}, GstClockTime{200 * GST_MSECOND},
                                    GstClockTime{1960 * GST_MSECOND}}) {
    ASSERT_TRUE(gst_element_seek_simple(pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                        static_cast<gint64>(target)));
    ASSERT_EQ(gst_element_get_state(pipeline, nullptr, nullptr, 60 * GST_SECOND),
              GST_STATE_CHANGE_SUCCESS);
    GstSample* sample = nullptr;
    g_object_get(sink, "last-sample", &sample, nullptr);
    ASSERT_NE(sample, nullptr);
    EXPECT_EQ(GST_BUFFER_PTS(gst_sample_get_buffer(sample)), target);
    gst_sample_unref(sample);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(sink);
  gst_object_unref(pipeline);
}

double processor_seconds(const rusage& usage) {
  return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

rusage used_by_process() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

TEST_F(Stream, AnIdleLivePipelineCostsNothing) {
  // One tiny frame a second, none of which has a face.
  GstElement* pipeline = gst_parse_launch(
      "videotestsrc is-live=true ! video/x-raw,width=64,height=64,framerate=1/1 ! "
      "facemask face-source=roi region=center ! ganinpaint batch-size=4 ! fakesink",
      nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  // A thread that asks again and again takes most of a processor, or sleeps and wakes all the time.
  // What loads and warms up in the background takes its time on a busy machine; then hardly
  // anything goes on: a frame is some ten waits, on a machine of any speed.
  constexpr double kMostSeconds = 0.3;
  constexpr long kMostWaits = 100;
  double seconds = 1;
  long waits = 1000;
  for (int window = 0; window < 10 && (seconds >= kMostSeconds || waits >= kMostWaits); ++window) {
    const rusage before = used_by_process();
    std::this_thread::sleep_for(std::chrono::seconds(3));
    const rusage after = used_by_process();
    seconds = processor_seconds(after) - processor_seconds(before);
    waits = after.ru_nvcsw - before.ru_nvcsw;
  }
  EXPECT_LT(seconds, kMostSeconds) << "a tenth of three seconds";
  EXPECT_LT(waits, kMostWaits) << "of three frames";
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}

}  // namespace
}  // namespace ganface::test
