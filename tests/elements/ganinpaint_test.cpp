// SPDX-License-Identifier: MIT
// Tests of the element ganinpaint.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "gstfacemaskmeta.h"
#include "harness.h"
#include "loaded_models.h"

namespace ganface::test {
namespace {

// A frame repaired after facemask gave it a hole: bytes before and after ganinpaint.
struct Repaired {
  std::vector<uint8_t> before, after;
};

Repaired repair(const GstVideoInfo& info, const std::string& mask, const std::string& inpaint) {
  Repaired result;
  const std::vector<uint8_t> frame = gradient_frame(info);
  for (const bool repaired : {false, true}) {
    const std::string line = "facemask face-source=frame " + mask +
                             (repaired ? " ! ganinpaint iterations=3 " + inpaint : "");
    GstHarness* harness = gst_harness_new_parse(line.c_str());
    gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
    EXPECT_EQ(gst_harness_push(harness, to_buffer(frame)), GST_FLOW_OK);
    GstBuffer* buffer = gst_harness_pull(harness);
    (repaired ? result.after : result.before) = bytes_of(buffer);
    gst_buffer_unref(buffer);
    gst_harness_teardown(harness);
  }
  return result;
}

TEST(GanInpaint, ChangesOnlyTheHoleInRgb) {
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 128, 128);
  const Repaired frames = repair(info, "region=center occlude=gray", "blend=none");
  int changed = 0;
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x) {
      // Bilinear sampling of the 64 px alpha reaches one model pixel (two here) past the hole.
      const bool near_hole = x >= 30 && x < 98 && y >= 30 && y < 98;
      for (int c = 0; c < 3; ++c) {
        const auto i = static_cast<size_t>(y * 384 + x * 3 + c);
        if (!near_hole) {
          ASSERT_EQ(frames.after[i], frames.before[i]) << x << "," << y;
        }
        changed += frames.after[i] != frames.before[i];
      }
    }
  // Nearly every byte of the 64 x 64 hole differs from the gray painted there.
  EXPECT_GT(changed, 64 * 64 * 3 * 9 / 10);
}

TEST(GanInpaint, KeepsYuvBytesOutsideTheHole) {
  for (const GstVideoFormat format : {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12}) {
    const GstVideoInfo info = video_info(format, 128, 128);
    const Repaired frames = repair(info, "region=left", "blend=none");
    int changed = 0;
    for (int y = 0; y < 128; ++y)
      for (int x = 0; x < 128; ++x) {
        const auto i = static_cast<size_t>(y * GST_VIDEO_INFO_PLANE_STRIDE(&info, 0) + x);
        if (x >= 66) {
          ASSERT_EQ(frames.after[i], frames.before[i]) << x << "," << y;
        }
        changed += frames.after[i] != frames.before[i];
      }
    EXPECT_GT(changed, 64 * 128 * 8 / 10) << gst_video_format_to_string(format);
    // Chroma of the right half, from column 34 of 64 on.
    const int pixel_stride = GST_VIDEO_INFO_COMP_PSTRIDE(&info, 1);
    for (guint component : {1u, 2u})
      for (int y = 0; y < 64; ++y)
        for (int x = 34; x < 64; ++x) {
          const auto i = static_cast<size_t>(
              static_cast<int>(GST_VIDEO_INFO_COMP_OFFSET(&info, component)) +
              y * GST_VIDEO_INFO_COMP_STRIDE(&info, component) + x * pixel_stride);
          ASSERT_EQ(frames.after[i], frames.before[i]) << component << ": " << x << "," << y;
        }
  }
}

TEST(GanInpaint, PassesFramesWithoutFacesUnchanged) {
  GstHarness* harness = gst_harness_new_parse("ganinpaint");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_BGRx, 33, 17);
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  ASSERT_EQ(gst_harness_push(harness, to_buffer(gradient_frame(info))), GST_FLOW_OK);
  GstBuffer* buffer = gst_harness_pull(harness);
  EXPECT_EQ(bytes_of(buffer), gradient_frame(info));
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}

TEST(GanInpaint, SameSeedGivesSameBytes) {
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 64, 64);
  const auto seeded = [&](const char* settings) {
    return repair(info, "region=center", settings).after;
  };
  EXPECT_EQ(seeded("preset=paper seed=3"), seeded("preset=paper seed=3"));
  EXPECT_NE(seeded("preset=paper seed=3"), seeded("preset=paper seed=4"));
  // The encoder's start does not depend on a seed.
  EXPECT_EQ(seeded("preset=fast seed=3"), seeded("preset=fast seed=4"));
}

// A count of the statistics of the element "repair".
guint64 counted(GstHarness* harness, const char* what) {
  GstElement* element = gst_bin_get_by_name(GST_BIN(harness->element), "repair");
  GstStructure* stats = nullptr;
  g_object_get(element, "stats", &stats, nullptr);
  guint64 count = 0;
  EXPECT_TRUE(gst_structure_get_uint64(stats, what, &count));
  gst_structure_free(stats);
  gst_object_unref(element);
  return count;
}

TEST(GanInpaint, CountsFramesFacesAndIterations) {
  GstHarness* harness = gst_harness_new_parse(
      "facemask face-source=frame region=center ! ganinpaint iterations=5 name=repair");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 64, 64);
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(gst_harness_push(harness, to_buffer(gradient_frame(info))), GST_FLOW_OK);
    gst_buffer_unref(gst_harness_pull(harness));
  }
  EXPECT_EQ(counted(harness, "frames"), 2u);
  EXPECT_EQ(counted(harness, "faces"), 2u);
  // The second frame goes on from the first one's z, at 60 % of the schedule.
  EXPECT_EQ(counted(harness, "iterations"), 5u + 2u);
  gst_harness_teardown(harness);
}

// An application may write into a meta what it likes.
TEST(GanInpaint, RefusesMasksThatAreTooLargeOrLackBytes) {
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 32, 32);
  for (const guint claimed : {0u, 7u, 4097u, 65536u, G_MAXUINT}) {
    SCOPED_TRACE(claimed);
    GstHarness* harness = gst_harness_new_parse("ganinpaint iterations=1");
    gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
    GstBuffer* buffer = to_buffer(gradient_frame(info));
    const gdouble transform[6] = {1. / 32, 0, 0, 0, 1. / 32, 0};
    GBytes* mask = g_bytes_new_take(g_malloc0(36), 36);
    gst_buffer_add_face_mask_meta(buffer, 1, 1, transform, 6, mask)->mask_size = claimed;
    g_bytes_unref(mask);
    gst_harness_push(harness, buffer);
    // What is refused on the element's own thread comes back with a frame that follows.
    GstFlowReturn flow = GST_FLOW_OK;
    for (int i = 0; flow == GST_FLOW_OK && i < 1000; ++i) {
      flow = gst_harness_push(harness, to_buffer(gradient_frame(info)));
      g_usleep(1000);
    }
    EXPECT_EQ(flow, GST_FLOW_ERROR);
    gst_harness_teardown(harness);
  }
}

TEST(GanInpaint, RefusesWhatItDoesNotKnow) {
  const std::string message =
      run_pipeline("videotestsrc num-buffers=1 ! ganinpaint preset=fastest ! fakesink");
  EXPECT_NE(message.find("fastest"), std::string::npos) << message;
}

TEST(GanInpaint, RefusesAModelOfAnotherMethod) {
  const std::string message = run_pipeline(
      "videotestsrc num-buffers=1 ! ganinpaint model=lfw-dcgan64 method=completion ! fakesink");
  EXPECT_NE(message.find("method=latent"), std::string::npos) << message;
  EXPECT_NE(message.find("lfw-dcgan64"), std::string::npos) << message;
}

const GstVideoInfo kTestFrame = video_info(GST_VIDEO_FORMAT_RGB, 64, 64);

// A frame of 64 x 64, with a green patch of 20 x 20 or without.
std::vector<uint8_t> test_frame(bool green) {
  std::vector<uint8_t> frame = gradient_frame(kTestFrame);
  for (int y = 20; green && y < 40; ++y)
    for (int x = 20; x < 40; ++x)
      for (int c = 0; c < 3; ++c)
        frame[static_cast<size_t>(y * 192 + 3 * x + c)] = c == 1 ? 255 : 0;
  return frame;
}

// The statistics of a launch line's element "repair" after some frames of 64 x 64.
guint64 counted_after(const std::string& line, const std::vector<bool>& covered, const char* what) {
  GstHarness* harness = gst_harness_new_parse(line.c_str());
  gst_harness_set_src_caps_str(harness, caps_of(kTestFrame).c_str());
  for (const bool green : covered) {
    EXPECT_EQ(gst_harness_push(harness, to_buffer(test_frame(green))), GST_FLOW_OK);
    gst_buffer_unref(gst_harness_pull(harness));
  }
  const guint64 count = counted(harness, what);
  gst_harness_teardown(harness);
  return count;
}

const std::string kGreenFace = "facemask face-source=frame mask=color color=0x00ff00 ! ";

TEST(GanInpaint, CompletesByDefaultAndSearchesWhenAskedTo) {
  // A completion takes one pass a face.
  EXPECT_EQ(counted_after(kGreenFace + "ganinpaint name=repair", {true}, "iterations"), 1u);
  for (const char* search : {"iterations=5", "method=latent iterations=5",
                             "preset=fast iterations=5", "model=lfw-dcgan64 iterations=5"})
    EXPECT_EQ(counted_after(kGreenFace + "ganinpaint name=repair " + search, {true}, "iterations"),
              5u)
        << search;
}

TEST(GanInpaint, RepairsFromWhatItSawBefore) {
  const std::string line = kGreenFace + "ganinpaint name=repair ";
  const std::vector<bool> frames{false, false, true, true};
  EXPECT_EQ(counted_after(line, frames, "faces"), 2u);
  EXPECT_EQ(counted_after(line, frames, "faces-remembered"), 2u);
  EXPECT_EQ(counted_after(line + "memory=false", frames, "faces-remembered"), 0u);
  EXPECT_EQ(counted_after(line, {true, true}, "faces-remembered"), 1u);
}

// No pass takes less than a millisecond.
const std::string kInAMillisecond = kGreenFace + "ganinpaint name=repair deadline=1";

TEST(GanInpaint, CompletionKeepsToADeadlineAndSaysWhatItSkipped) {
  EXPECT_GE(counted_after(kInAMillisecond, {true, true, true}, "faces-skipped"), 1u);
  EXPECT_GE(counted_after(kInAMillisecond, {true, true, true}, "deadlines-missed"), 1u);
  EXPECT_EQ(
      counted_after(kGreenFace + "ganinpaint name=repair", {true, true, true}, "faces-skipped"),
      0u);
}

// For frames of 64 x 64.
GstHarness* hurried() {
  GstHarness* harness = gst_harness_new_parse(kInAMillisecond.c_str());
  gst_harness_set_src_caps_str(harness, caps_of(kTestFrame).c_str());
  return harness;
}

// How much of the patch of a covered frame is still green.
int green_left(GstHarness* harness) {
  EXPECT_EQ(gst_harness_push(harness, to_buffer(test_frame(true))), GST_FLOW_OK);
  GstBuffer* buffer = gst_harness_pull(harness);
  const std::vector<uint8_t> after = bytes_of(buffer);
  gst_buffer_unref(buffer);
  int green = 0;
  for (size_t i = 0; i < after.size(); i += 3)
    green += after[i] == 0 && after[i + 1] == 255 && after[i + 2] == 0;
  return green;
}

TEST(GanInpaint, ACompletionThatIsLateServesTheNextFrames) {
  GstHarness* harness = hurried();
  EXPECT_EQ(green_left(harness), 400) << "nothing is known of the face";
  int frames = 0;
  while (green_left(harness) > 0 && ++frames < 600) g_usleep(50000);
  EXPECT_LT(frames, 600) << "the completion never came";
  EXPECT_GE(counted(harness, "faces"), 1u);
  EXPECT_GE(counted(harness, "iterations"), 1u);
  gst_harness_teardown(harness);
}

TEST(GanInpaint, WithoutTimeAFaceShowsWhatIsRememberedOfIt) {
  GstHarness* harness = hurried();
  for (int clean = 0; clean < 3; ++clean) {
    ASSERT_EQ(gst_harness_push(harness, to_buffer(test_frame(false))), GST_FLOW_OK);
    gst_buffer_unref(gst_harness_pull(harness));
  }
  EXPECT_EQ(green_left(harness), 0);
  EXPECT_EQ(counted(harness, "faces-skipped"), 1u);
  EXPECT_EQ(counted(harness, "faces"), 0u);
  gst_harness_teardown(harness);
}

TEST(GanInpaint, ADeadlineThatIsLiftedWaitsForWhatIsUnderWay) {
  GstHarness* harness = hurried();
  EXPECT_EQ(green_left(harness), 400);
  GstElement* element = gst_bin_get_by_name(GST_BIN(harness->element), "repair");
  g_object_set(element, "deadline", 0, nullptr);
  gst_object_unref(element);
  EXPECT_EQ(green_left(harness), 0);
  EXPECT_EQ(counted(harness, "faces"), 2u);
  gst_harness_teardown(harness);
}

TEST(GanInpaint, KeepsUpWithALiveStreamUnlessToldOtherwise) {
  // `frames` in so many seconds.
  const auto of_rate = [](const char* properties, bool is_live, int frames, bool is_covered = false,
                          int seconds = 1) {
    GstHarness* harness =
        gst_harness_new_parse((kGreenFace + "ganinpaint name=repair " + properties).c_str());
    gst_harness_set_live(harness, is_live ? TRUE : FALSE);
    GstVideoInfo info = kTestFrame;
    info.fps_n = frames;
    info.fps_d = seconds;
    gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
    gst_harness_query_latency(harness);
    // The caps are taken note of with the first frame.
    EXPECT_EQ(gst_harness_push(harness, to_buffer(test_frame(is_covered))), GST_FLOW_OK);
    gst_buffer_unref(gst_harness_pull(harness));
    return harness;
  };
  const auto latency_of = [&](const char* properties, bool is_live) {
    GstHarness* harness = of_rate(properties, is_live, 25);
    const GstClockTime latency = gst_harness_query_latency(harness);
    gst_harness_teardown(harness);
    return latency;
  };
  EXPECT_EQ(latency_of("", true), 34 * GST_MSECOND) << "most of what a frame lasts";
  EXPECT_EQ(latency_of("deadline=7", true), 7 * GST_MSECOND);
  for (const char* properties : {"deadline=0", "memory=false", "method=latent"})
    EXPECT_EQ(latency_of(properties, true), 0u) << properties;
  EXPECT_EQ(latency_of("", false), 0u);

  // No pass is done within a millisecond.
  for (const bool is_live : {true, false}) {
    GstHarness* harness = of_rate("", is_live, 1000);
    EXPECT_EQ(green_left(harness), 0) << "a look was remembered";
    EXPECT_EQ(counted(harness, "faces-skipped"), is_live ? 1u : 0u);
    gst_harness_teardown(harness);
  }

  // A face that has nothing to show holds its frame up no longer than a frame lasts; no machine
  // needs a hundred seconds.
  GstHarness* harness = of_rate("", true, 1000, true);
  EXPECT_EQ(counted(harness, "faces"), 0u);
  EXPECT_GT(green_left(harness), 0);
  EXPECT_EQ(counted(harness, "faces-skipped"), 2u);
  gst_harness_teardown(harness);
  harness = of_rate("", true, 1, true, 100);
  EXPECT_EQ(counted(harness, "faces"), 1u);
  EXPECT_EQ(green_left(harness), 0);
  gst_harness_teardown(harness);
}

// What facemask took of a frame's time is gone: of a frame that was taken up long ago no more is
// left.
TEST(GanInpaint, TheAutomaticDeadlineCountsFromWhereFacemaskTookTheFrameUp) {
  for (const bool is_old : {false, true}) {
    GstHarness* harness = gst_harness_new_parse((kGreenFace + "ganinpaint name=repair").c_str());
    gst_harness_set_live(harness, TRUE);
    GstVideoInfo info = kTestFrame;
    // So that no machine is too slow for the first limit.
    info.fps_n = 1;
    info.fps_d = 20;
    gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
    gst_harness_query_latency(harness);
    GstCaps* arrival = gst_caps_from_string("timestamp/x-ganface-arrival");
    for (const bool is_covered : {false, true}) {
      GstBuffer* frame = to_buffer(test_frame(is_covered));
      const auto now = static_cast<GstClockTime>(1000 * g_get_monotonic_time());
      if (is_old && is_covered)
        gst_buffer_add_reference_timestamp_meta(frame, arrival, now - 40 * GST_SECOND,
                                                GST_CLOCK_TIME_NONE);
      EXPECT_EQ(gst_harness_push(harness, frame), GST_FLOW_OK);
      GstBuffer* repaired = gst_harness_pull(harness);
      const GstReferenceTimestampMeta* noted =
          gst_buffer_get_reference_timestamp_meta(repaired, arrival);
      ASSERT_NE(noted, nullptr);
      EXPECT_EQ(noted->timestamp < now, is_old && is_covered);
      gst_buffer_unref(repaired);
    }
    EXPECT_EQ(counted(harness, "faces-skipped"), is_old ? 1u : 0u);
    gst_caps_unref(arrival);
    gst_harness_teardown(harness);
  }
}

TEST(GanInpaint, ASeekForgetsWhatIsUnderWay) {
  GstHarness* harness = hurried();
  EXPECT_EQ(green_left(harness), 400);
  gst_harness_push_event(harness, gst_event_new_flush_start());
  gst_harness_push_event(harness, gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness, gst_event_new_segment(&segment));
  g_usleep(2000000);
  EXPECT_EQ(green_left(harness), 400) << "the face of another place in the stream";
  gst_harness_teardown(harness);
}

TEST(GanInpaint, CompletionLeavesBytesOutsideTheHole) {
  for (const GstVideoFormat format :
       {GST_VIDEO_FORMAT_RGB, GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_BGRA}) {
    // Larger than the network's 128 pixels.
    const GstVideoInfo info = video_info(format, 300, 300);
    const std::vector<uint8_t> frame = gradient_frame(info);
    GstHarness* harness = gst_harness_new_parse(
        "facemask face-source=frame region=left ! ganinpaint method=completion blend=none");
    gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
    ASSERT_EQ(gst_harness_push(harness, to_buffer(frame)), GST_FLOW_OK);
    GstBuffer* buffer = gst_harness_pull(harness);
    const std::vector<uint8_t> after = bytes_of(buffer);
    const int stride = GST_VIDEO_INFO_PLANE_STRIDE(&info, 0);
    const int pixel = GST_VIDEO_INFO_COMP_PSTRIDE(&info, 0);
    int changed = 0;
    for (int y = 0; y < 300; ++y)
      for (int x = 0; x < 300 * pixel; ++x) {
        const auto i = static_cast<size_t>(y * stride + x);
        if (x >= 154 * pixel) {
          ASSERT_EQ(after[i], frame[i]) << x << "," << y;
        }
        changed += after[i] != frame[i];
      }
    EXPECT_GT(changed, 300 * 150 / 2) << gst_video_format_to_string(format);
    gst_buffer_unref(buffer);
    gst_harness_teardown(harness);
  }
}

// A face that is the whole frame, its mask of the head crop empty or with a hole of 64 x 64 of 192
// pixels in the middle.
GstFaceMaskMeta* add_face(GstBuffer* buffer, guint id, bool is_covered) {
  constexpr size_t kSide = 192;
  std::vector<uint8_t> mask(kSide * kSide);
  for (size_t y = 64; is_covered && y < 128; ++y)
    for (size_t x = 64; x < 128; ++x) mask[y * kSide + x] = 255;
  const gdouble whole[6] = {1.0 / 64, 0, 0, 0, 1.0 / 64, 0};
  GBytes* bytes = g_bytes_new(mask.data(), mask.size());
  GstFaceMaskMeta* meta = gst_buffer_add_face_mask_meta(buffer, id, 0.75, whole, kSide, bytes);
  g_bytes_unref(bytes);
  return meta;
}

// ganinpaint with a bus of its own.
struct Reporting {
  GstHarness* harness;
  GstBus* bus = gst_bus_new();

  explicit Reporting(const std::string& line) : harness(gst_harness_new_parse(line.c_str())) {
    gst_element_set_bus(harness->element, bus);
    gst_harness_set_src_caps_str(harness, caps_of(kTestFrame).c_str());
  }
  ~Reporting() {
    gst_element_set_bus(harness->element, nullptr);
    gst_object_unref(bus);
    gst_harness_teardown(harness);
  }
  // Owned by the caller.
  GstMessage* report_of(GstBuffer* buffer) {
    EXPECT_EQ(gst_harness_push(harness, buffer), GST_FLOW_OK);
    gst_buffer_unref(gst_harness_pull(harness));
    return gst_bus_pop_filtered(bus, GST_MESSAGE_ELEMENT);
  }
};

const GstStructure* face_of(GstMessage* report, guint number) {
  const GValue* faces = gst_structure_get_value(gst_message_get_structure(report), "faces");
  return gst_value_get_structure(gst_value_array_get_value(faces, number));
}

double number_of(const GstStructure* structure, const char* field) {
  gdouble number = -1;
  EXPECT_TRUE(gst_structure_get_double(structure, field, &number)) << field;
  return number;
}

TEST(GanInpaint, PostsWhatBecameOfEachFace) {
  Reporting reporting("ganinpaint name=repair iterations=3 post-reports=true");
  GstBuffer* buffer = to_buffer(test_frame(false));
  GstFaceMaskMeta* covered = add_face(buffer, 7, true);
  covered->occluders = static_cast<GstFaceMaskOccluders>(GST_FACE_MASK_OCCLUDER_HAND |
                                                         GST_FACE_MASK_OCCLUDER_MEDICAL_MASK);
  covered->yaw = -12.5;
  GstFaceMaskMeta* turned = add_face(buffer, 8, false);
  turned->verdict = GST_FACE_MASK_VERDICT_TURNED;
  add_face(buffer, 9, false);
  GST_BUFFER_PTS(buffer) = 40 * GST_MSECOND;

  GstMessage* message = reporting.report_of(buffer);
  ASSERT_NE(message, nullptr);
  const GstStructure* report = gst_message_get_structure(message);
  EXPECT_STREQ(gst_structure_get_name(report), "ganinpaint-report");
  guint64 frame = 9, pts = 0;
  gboolean changed = FALSE;
  EXPECT_TRUE(gst_structure_get(report, "frame", G_TYPE_UINT64, &frame, "pts", G_TYPE_UINT64, &pts,
                                "changed", G_TYPE_BOOLEAN, &changed, nullptr));
  EXPECT_EQ(frame, 0u);
  EXPECT_EQ(pts, 40 * GST_MSECOND);
  EXPECT_TRUE(changed);
  ASSERT_EQ(gst_value_array_get_size(gst_structure_get_value(report, "faces")), 3u);

  const GstStructure* face = face_of(message, 0);
  EXPECT_STREQ(gst_structure_get_string(face, "action"), "repaired");
  EXPECT_STREQ(gst_structure_get_string(face, "why"), "");
  EXPECT_STREQ(gst_structure_get_string(face, "occluder"), "hand,medical-mask");
  EXPECT_EQ(number_of(face, "score"), 0.75);
  EXPECT_EQ(number_of(face, "yaw-degrees"), -12.5);
  EXPECT_EQ(number_of(face, "hole"), 0.25) << "64 x 64 of the canonical crop's 128 x 128";
  EXPECT_EQ(number_of(face, "seen"), 0);
  EXPECT_EQ(number_of(face, "reference"), 0);
  EXPECT_EQ(number_of(face, "invented"), 1);
  const GValue* box = gst_structure_get_value(face, "box");
  ASSERT_EQ(gst_value_array_get_size(box), 4u);
  for (guint i = 0; i < 4; ++i)
    EXPECT_EQ(g_value_get_double(gst_value_array_get_value(box, i)), i < 2 ? 0 : 64);
  const GValue* transform = gst_structure_get_value(face, "transform");
  ASSERT_EQ(gst_value_array_get_size(transform), 6u);
  EXPECT_EQ(g_value_get_double(gst_value_array_get_value(transform, 4)), 1.0 / 64);

  EXPECT_STREQ(gst_structure_get_string(face_of(message, 1), "action"), "left-alone");
  EXPECT_STREQ(gst_structure_get_string(face_of(message, 1), "why"), "turned");
  EXPECT_STREQ(gst_structure_get_string(face_of(message, 2), "action"), "clean");
  EXPECT_STREQ(gst_structure_get_string(face_of(message, 2), "why"), "");
  EXPECT_STREQ(gst_structure_get_string(face_of(message, 2), "occluder"), "");
  EXPECT_TRUE(std::isnan(number_of(face_of(message, 2), "yaw-degrees")));
  EXPECT_EQ(number_of(face_of(message, 2), "invented"), 0);
  gst_message_unref(message);

  message = reporting.report_of(to_buffer(test_frame(false)));
  ASSERT_NE(message, nullptr);
  report = gst_message_get_structure(message);
  EXPECT_TRUE(gst_structure_get(report, "frame", G_TYPE_UINT64, &frame, "changed", G_TYPE_BOOLEAN,
                                &changed, nullptr));
  EXPECT_EQ(frame, 1u);
  EXPECT_FALSE(changed);
  EXPECT_EQ(gst_value_array_get_size(gst_structure_get_value(report, "faces")), 0u);
  gst_message_unref(message);

  EXPECT_EQ(counted(reporting.harness, "faces-found"), 3u);
  EXPECT_EQ(counted(reporting.harness, "faces"), 1u);
  EXPECT_EQ(counted(reporting.harness, "faces-left-alone"), 1u);
  EXPECT_EQ(counted(reporting.harness, "faces-skipped"), 0u);
  EXPECT_EQ(counted(reporting.harness, "frames-changed"), 1u);
}

TEST(GanInpaint, TellsWhatWasSeenFromWhatIsMadeUp) {
  Reporting reporting(kGreenFace + "ganinpaint post-reports=true");
  for (int clean = 0; clean < 3; ++clean)
    gst_message_unref(reporting.report_of(to_buffer(test_frame(false))));
  GstMessage* message = reporting.report_of(to_buffer(test_frame(true)));
  ASSERT_NE(message, nullptr);
  const GstStructure* face = face_of(message, 0);
  EXPECT_STREQ(gst_structure_get_string(face, "action"), "repaired");
  const double seen = number_of(face, "seen"), invented = number_of(face, "invented");
  // The frame is the remembered one, which the network has every reason to confidence.
  EXPECT_GT(seen, 0.5);
  EXPECT_EQ(number_of(face, "reference"), 0) << "there is no photograph";
  EXPECT_DOUBLE_EQ(seen + invented, 1);
  gst_message_unref(message);
}

TEST(GanInpaint, ReportsAFaceThatIsNotReadyAsLate) {
  Reporting reporting(kInAMillisecond + " post-reports=true");
  GstMessage* message = reporting.report_of(to_buffer(test_frame(true)));
  ASSERT_NE(message, nullptr);
  EXPECT_STREQ(gst_structure_get_string(face_of(message, 0), "action"), "late");
  EXPECT_STREQ(gst_structure_get_string(face_of(message, 0), "why"), "deadline");
  gboolean changed = TRUE;
  gst_structure_get_boolean(gst_message_get_structure(message), "changed", &changed);
  EXPECT_FALSE(changed) << "nothing is known of the face";
  gst_message_unref(message);
}

TEST(GanInpaint, NamesBadModelAndDevice) {
  EXPECT_NE(run_pipeline("videotestsrc num-buffers=1 ! ganinpaint model=no-such-model ! fakesink")
                .find("no-such-model"),
            std::string::npos);
  EXPECT_NE(run_pipeline("videotestsrc num-buffers=1 ! ganinpaint device=toaster ! fakesink")
                .find("toaster"),
            std::string::npos);
}

TEST(GanInpaint, NamesAPhotographThatIsOfNoUse) {
  const auto message_of = [](const std::string& properties) {
    return run_pipeline("videotestsrc num-buffers=1 ! ganinpaint " + properties + " ! fakesink");
  };
  EXPECT_NE(message_of("photograph=nowhere.jpg").find("nowhere.jpg"), std::string::npos);
  char folder[] = "/tmp/ganinpaint-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string blank = std::string(folder) + "/blank.png";
  ASSERT_EQ(run_pipeline("videotestsrc pattern=black num-buffers=1 ! pngenc ! filesink location=" +
                         blank),
            "");
  const std::string faceless = message_of("photograph=" + blank);
  EXPECT_NE(faceless.find(blank), std::string::npos) << faceless;
  EXPECT_NE(faceless.find("no face"), std::string::npos) << faceless;
  const std::string searched = message_of("method=latent photograph=" + blank);
  EXPECT_NE(searched.find("method=completion"), std::string::npos) << searched;
  std::filesystem::remove_all(folder);
}

TEST(GanInpaint, SurvivesRepeatedStateChanges) {
  GstElement* element = gst_element_factory_make("ganinpaint", nullptr);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(gst_element_set_state(element, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
    EXPECT_EQ(gst_element_set_state(element, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  }
  gst_object_unref(element);
}

}  // namespace
}  // namespace ganface::test
