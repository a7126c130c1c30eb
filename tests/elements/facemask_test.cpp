// SPDX-License-Identifier: MIT
// Tests of the element facemask and of its meta.
#include <gst/video/gstvideometa.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "gstfacemaskmeta.h"
#include "harness.h"

namespace ganface::test {
namespace {

// Pushes one frame through a launch line and returns the frame that leaves.
GstBuffer* push_one(GstHarness* harness, const GstVideoInfo& info) {
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  EXPECT_EQ(gst_harness_push(harness, to_buffer(gradient_frame(info))), GST_FLOW_OK);
  return gst_harness_pull(harness);
}

// A mask lies on the head crop; the canonical crop is 128 of its 192 pixels, in the middle.
constexpr int kMaskSide = 192, kCropBegin = 32;

const uint8_t* mask_of(const GstFaceMaskMeta* face) {
  return static_cast<const uint8_t*>(g_bytes_get_data(face->mask, nullptr));
}

// Of the canonical crop.
int mask_at(const GstFaceMaskMeta* face, int x, int y) {
  return mask_of(face)[(kCropBegin + y) * kMaskSide + kCropBegin + x];
}

TEST(FaceMask, AttachesWholeFrameAsCanonicalCrop) {
  GstHarness* harness = gst_harness_new_parse("facemask face-source=frame region=center");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 64, 32);
  GstBuffer* buffer = push_one(harness, info);
  gpointer iterator = nullptr;
  const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
  ASSERT_NE(face, nullptr);
  const double expected[6] = {1.0 / 64, 0, 0, 0, 1.0 / 32, 0};
  for (int i = 0; i < 6; ++i) EXPECT_DOUBLE_EQ(face->transform[i], expected[i]) << i;
  EXPECT_EQ(face->face_id, 0u);
  EXPECT_EQ(face->mask_size, 192u);
  EXPECT_EQ(mask_at(face, 64, 31), 0);    // above the middle square, which spans 32 to 96
  EXPECT_EQ(mask_at(face, 32, 32), 255);  // its first pixel
  EXPECT_EQ(mask_at(face, 95, 95), 255);  // its last
  EXPECT_EQ(mask_at(face, 95, 96), 0);
  EXPECT_EQ(face->verdict, GST_FACE_MASK_VERDICT_CLEAR);
  EXPECT_TRUE(std::isnan(face->yaw)) << "nobody looked";
  EXPECT_EQ(gst_buffer_iterate_face_mask_meta(buffer, &iterator), nullptr);
  EXPECT_EQ(bytes_of(buffer), gradient_frame(info));  // nothing painted
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}

TEST(FaceMask, PaintsHoleGrayAndLeavesTheRest) {
  GstHarness* harness =
      gst_harness_new_parse("facemask face-source=frame region=left occlude=gray");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 16, 16);
  GstBuffer* buffer = push_one(harness, info);
  std::vector<uint8_t> expected = gradient_frame(info);
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 8 * 3; ++x) expected[static_cast<size_t>(y * 48 + x)] = 128;
  EXPECT_EQ(bytes_of(buffer), expected);
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}

TEST(FaceMask, MasksAColorAndDilatesIt) {
  GstHarness* harness = gst_harness_new_parse(
      "facemask face-source=frame mask=color color=0x0a64c8 tolerance=5 dilate=3");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 128, 128);
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  std::vector<uint8_t> frame(GST_VIDEO_INFO_SIZE(&info));
  const auto paint = [&](int x, int y, std::array<uint8_t, 3> rgb) {
    std::copy(rgb.begin(), rgb.end(), frame.begin() + y * 384 + x * 3);
  };
  paint(20, 30, {0x0a + 5, 0x64 - 5, 0xc8});  // just within
  paint(90, 30, {0x0a + 6, 0x64, 0xc8});      // just outside
  ASSERT_EQ(gst_harness_push(harness, to_buffer(frame)), GST_FLOW_OK);
  GstBuffer* buffer = gst_harness_pull(harness);
  gpointer iterator = nullptr;
  const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
  ASSERT_NE(face, nullptr);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      ASSERT_EQ(mask_at(face, x, y), std::abs(x - 20) <= 3 && std::abs(y - 30) <= 3 ? 255 : 0)
          << x << "," << y;
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}

TEST(FaceMask, TakesRegionsOfInterestFromUpstream) {
  GstHarness* harness = gst_harness_new_parse("facemask face-source=roi region=center");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 64, 64);
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  GstBuffer* in = to_buffer(gradient_frame(info));
  gst_buffer_add_video_region_of_interest_meta(in, "face", 8, 16, 32, 32);
  gst_buffer_add_video_region_of_interest_meta(in, "car", 0, 0, 10, 10);
  ASSERT_EQ(gst_harness_push(harness, in), GST_FLOW_OK);
  GstBuffer* out = gst_harness_pull(harness);
  gpointer iterator = nullptr;
  const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(out, &iterator);
  ASSERT_NE(face, nullptr);
  // x = 8 maps to 0 and x = 40 to 1.
  EXPECT_DOUBLE_EQ(face->transform[0] * 8 + face->transform[2], 0);
  EXPECT_DOUBLE_EQ(face->transform[0] * 40 + face->transform[2], 1);
  EXPECT_DOUBLE_EQ(face->transform[4] * 48 + face->transform[5], 1);
  EXPECT_EQ(gst_buffer_iterate_face_mask_meta(out, &iterator), nullptr);
  gst_buffer_unref(out);
  gst_harness_teardown(harness);
}

TEST(FaceMask, MetaFollowsScalingAndConversion) {
  GstHarness* harness = gst_harness_new_parse(
      "facemask face-source=frame region=center ! queue ! videoconvert ! capsfilter "
      "caps=\"video/x-raw,format=I420\" ! videoscale ! capsfilter "
      "caps=\"video/x-raw,width=32,height=128\"");
  GstBuffer* buffer = push_one(harness, video_info(GST_VIDEO_FORMAT_RGB, 64, 64));
  gpointer iterator = nullptr;
  const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
  ASSERT_NE(face, nullptr);
  EXPECT_DOUBLE_EQ(face->transform[0] * 32 + face->transform[2], 1);
  EXPECT_DOUBLE_EQ(face->transform[4] * 128 + face->transform[5], 1);
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}

// Metas of the buffers that reach the sink pad of the element "out".
std::vector<std::array<double, 6>> transforms_at_out(const std::string& line) {
  std::vector<std::array<double, 6>> transforms;
  GstElement* pipeline = gst_parse_launch(line.c_str(), nullptr);
  GstElement* out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
  GstPad* pad = gst_element_get_static_pad(out, "sink");
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        gpointer iterator = nullptr;
        while (const GstFaceMaskMeta* face =
                   gst_buffer_iterate_face_mask_meta(GST_PAD_PROBE_INFO_BUFFER(info), &iterator)) {
          std::array<double, 6> transform;
          std::copy_n(face->transform, 6, transform.begin());
          static_cast<std::vector<std::array<double, 6>>*>(data)->push_back(transform);
        }
        return GST_PAD_PROBE_OK;
      },
      &transforms, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 30 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  EXPECT_NE(message, nullptr);
  if (message != nullptr) {
    EXPECT_EQ(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS) << line;
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (gpointer object : {gpointer(bus), gpointer(pad), gpointer(out), gpointer(pipeline)})
    gst_object_unref(object);
  return transforms;
}

TEST(FaceMask, MetaSurvivesTeeRateChangeAndCopies) {
  const std::string source =
      "videotestsrc num-buffers=4 ! video/x-raw,format=RGB,width=64,height=32,framerate=10/1 ! "
      "facemask face-source=frame region=center ! ";
  const std::array<double, 6> whole{1.0 / 64, 0, 0, 0, 1.0 / 32, 0};
  for (const char* path :
       {"tee name=t ! queue ! fakesink t. ! queue ! identity name=out ! fakesink",
        "videorate ! video/x-raw,framerate=10/1 ! identity name=out ! fakesink",
        "tee name=t ! queue ! videobalance saturation=0 ! fakesink "
        "t. ! queue ! videobalance hue=0.5 ! identity name=out ! fakesink"}) {
    const auto transforms = transforms_at_out(source + path);
    ASSERT_EQ(transforms.size(), 4u) << path;
    for (const auto& transform : transforms) EXPECT_EQ(transform, whole) << path;
  }
}

TEST(FaceMask, MetaPassesAnApplicationsHop) {
  // appsink to appsrc, as an application hands buffers from one pipeline to another.
  GstHarness* first = gst_harness_new_parse("facemask face-source=frame region=center");
  GstHarness* second =
      gst_harness_new_parse("queue ! videoscale ! capsfilter caps=\"video/x-raw,width=32\"");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 64, 64);
  GstBuffer* buffer = push_one(first, info);
  gst_harness_set_src_caps_str(second, caps_of(info).c_str());
  ASSERT_EQ(gst_harness_push(second, buffer), GST_FLOW_OK);
  buffer = gst_harness_pull(second);
  gpointer iterator = nullptr;
  const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
  ASSERT_NE(face, nullptr);
  EXPECT_DOUBLE_EQ(face->transform[0], 1.0 / 32);
  gst_buffer_unref(buffer);
  gst_harness_teardown(first);
  gst_harness_teardown(second);
}

TEST(FaceMask, FeathersTheEdgeOfHoles) {
  GstHarness* harness = gst_harness_new_parse("facemask face-source=frame region=left feather=3");
  GstBuffer* buffer = push_one(harness, video_info(GST_VIDEO_FORMAT_RGB, 64, 64));
  gpointer iterator = nullptr;
  const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
  ASSERT_NE(face, nullptr);
  const uint8_t* row = mask_of(face) + (kCropBegin + 50) * kMaskSide + kCropBegin;
  EXPECT_EQ(row[63], 255);
  // Three steps of a quarter each.
  EXPECT_EQ(row[64], 191);
  EXPECT_EQ(row[65], 127);
  EXPECT_EQ(row[66], 63);
  EXPECT_EQ(row[67], 0);
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}

TEST(FaceMask, MasksTransparentPixels) {
  GstHarness* harness = gst_harness_new_parse("facemask face-source=frame mask=alpha");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_BGRA, 128, 128);
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  std::vector<uint8_t> frame(128 * 128 * 4, 255);
  for (int x = 10; x < 20; ++x) frame[static_cast<size_t>((7 * 128 + x) * 4 + 3)] = 0;
  ASSERT_EQ(gst_harness_push(harness, to_buffer(frame)), GST_FLOW_OK);
  GstBuffer* buffer = gst_harness_pull(harness);
  gpointer iterator = nullptr;
  const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
  ASSERT_NE(face, nullptr);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      ASSERT_EQ(mask_at(face, x, y), y == 7 && x >= 10 && x < 20 ? 255 : 0) << x << "," << y;
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}

TEST(FaceMask, AlphaMaskNeedsAnAlphaChannel) {
  const std::string message = run_pipeline(
      "videotestsrc num-buffers=1 ! video/x-raw,format=I420 ! facemask face-source=frame "
      "mask=alpha "
      "! fakesink");
  EXPECT_NE(message.find("RGBA"), std::string::npos) << message;
}

TEST(FaceMask, ReadsMaskImagesOfAnyType) {
  char folder[] = "/tmp/facemask-test-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  for (const auto& [encoder, name] : {std::pair("pngenc", "m.png"), std::pair("jpegenc", "m.jpg"),
                                      std::pair("webpenc", "m.webp")}) {
    const std::string file = std::string(folder) + "/" + name;
    // White, the frame's size: everything is missing.
    ASSERT_EQ(run_pipeline(std::string("videotestsrc num-buffers=1 pattern=white ! "
                                       "video/x-raw,width=64,height=32 ! videoconvert ! ") +
                           encoder + " ! filesink location=" + file),
              "");
    GstHarness* harness =
        gst_harness_new_parse(("facemask face-source=frame mask=image location=" + file).c_str());
    GstBuffer* buffer = push_one(harness, video_info(GST_VIDEO_FORMAT_RGB, 64, 32));
    ASSERT_NE(buffer, nullptr) << name;
    gpointer iterator = nullptr;
    const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
    ASSERT_NE(face, nullptr) << name;
    EXPECT_EQ(mask_at(face, 64, 64), 255);
    gst_buffer_unref(buffer);
    gst_harness_teardown(harness);
  }
  std::filesystem::remove_all(folder);
}

TEST(FaceMask, KeepsToMaxFacesOfRegions) {
  GstHarness* harness = gst_harness_new_parse("facemask face-source=roi region=center max-faces=2");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 64, 64);
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  GstBuffer* in = to_buffer(gradient_frame(info));
  for (guint i = 0; i < 3; ++i)
    gst_buffer_add_video_region_of_interest_meta(in, "face", 8 * i, 8, 16 + 2 * i, 16);
  ASSERT_EQ(gst_harness_push(harness, in), GST_FLOW_OK);
  GstBuffer* out = gst_harness_pull(harness);
  gpointer iterator = nullptr;
  int faces = 0;
  while (const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(out, &iterator)) {
    EXPECT_LT(1 / face->transform[0], 21) << "the largest";
    EXPECT_GT(1 / face->transform[0], 17);
    ++faces;
  }
  EXPECT_EQ(faces, 2);
  gst_buffer_unref(out);
  gst_harness_teardown(harness);
}

TEST(FaceMask, FindsNoFaceInAPlainPicture) {
  GstHarness* harness = gst_harness_new_parse("facemask");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_I420, 160, 120);
  GstBuffer* buffer = push_one(harness, info);
  gpointer iterator = nullptr;
  EXPECT_EQ(gst_buffer_iterate_face_mask_meta(buffer, &iterator), nullptr);
  EXPECT_EQ(bytes_of(buffer), gradient_frame(info));
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}

TEST(FaceMask, PropertiesOfOneKindOfMaskChooseItWhileNoneIsSet) {
  const auto mask_after = [](const std::string& properties) {
    GstElement* element = gst_parse_launch(("facemask " + properties).c_str(), nullptr);
    GValue value = G_VALUE_INIT;
    g_value_init(&value,
                 g_object_class_find_property(G_OBJECT_GET_CLASS(element), "mask")->value_type);
    g_object_get_property(G_OBJECT(element), "mask", &value);
    gchar* text = gst_value_serialize(&value);
    const std::string result = text;
    g_free(text);
    g_value_unset(&value);
    gst_object_unref(element);
    return result;
  };
  EXPECT_EQ(mask_after(""), "auto");
  EXPECT_EQ(mask_after("region=mouth"), "region");
  EXPECT_EQ(mask_after("color=0x00ff00"), "color");
  EXPECT_EQ(mask_after("location=mask.png"), "image");
  EXPECT_EQ(mask_after("mask=auto region=mouth"), "auto");
  EXPECT_EQ(mask_after("region=mouth mask=auto"), "auto");
}

// Calls take(buffer) for each frame that comes out of a pipeline; -> how many came.
template <typename Take>
int for_each_frame(const std::string& line, Take take) {
  GstElement* pipeline = gst_parse_launch((line + " ! appsink name=sink").c_str(), nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  int frames = 0;
  while (true) {
    GstSample* sample = nullptr;
    g_signal_emit_by_name(sink, "pull-sample", &sample);
    if (sample == nullptr) break;
    ++frames;
    take(gst_sample_get_buffer(sample));
    gst_sample_unref(sample);
  }
  gst_object_unref(sink);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return frames;
}

// What mask=auto finds of a mouth that was painted over. A video's face is covered once two frames
// say so.
TEST(FaceMask, SeesWhatCoversAFace) {
  for (const char* format : {"RGB", "I420", "NV12", "BGRA"}) {
    const std::string line =
        std::string(
            "ganfake grid=1x1 seed=3 num-buffers=4 ! videoconvert ! videoscale ! "
            "video/x-raw,width=160,height=160 ! videobox left=-100 right=-140 top=-60 bottom=-80 "
            "fill=white ! videoconvert ! video/x-raw,format=") +
        format + " ! facemask region=mouth occlude=black ! facemask mask=auto";
    int number = 0;
    const int frames = for_each_frame(line, [&](GstBuffer* buffer) {
      gpointer iterator = nullptr;
      const GstFaceMaskMeta* truth = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
      const GstFaceMaskMeta* seen = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
      if (truth == nullptr || seen == nullptr) {
        ADD_FAILURE() << "a mask is missing";
        return;
      }
      EXPECT_LT(std::abs(seen->yaw), 45) << format;
      int both = 0, either = 0, should = 0;
      for (int i = 0; i < kMaskSide * kMaskSide; ++i) {
        both += mask_of(truth)[i] != 0 && mask_of(seen)[i] != 0;
        either += mask_of(truth)[i] != 0 || mask_of(seen)[i] != 0;
        should += mask_of(truth)[i] != 0;
      }
      if (number++ == 0) {
        EXPECT_EQ(seen->verdict, GST_FACE_MASK_VERDICT_NEW) << format;
        EXPECT_EQ(both, 0) << format;
      } else {
        EXPECT_NE(seen->occluders, 0) << format;
        EXPECT_GT(both, 0.88 * should) << format;
        EXPECT_GT(both, 0.35 * either) << format;  // a bar over a made-up mouth may be a mask
      }
    });
    EXPECT_EQ(frames, 4);
  }
}

TEST(FaceMask, LeavesAClearFaceAlone) {
  const int frames = for_each_frame(
      "ganfake grid=1x1 seed=3 num-buffers=12 ! videoconvert ! videoscale ! "
      "video/x-raw,width=160,height=160,format=I420 ! videobox left=-100 right=-140 top=-60 "
      "bottom=-80 fill=white ! facemask mask=auto",
      [](GstBuffer* buffer) {
        gpointer iterator = nullptr;
        const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
        if (face == nullptr) {
          ADD_FAILURE() << "a frame has no face";
          return;
        }
        for (int i = 0; i < kMaskSide * kMaskSide; ++i) {
          if (mask_of(face)[i] == 0) continue;
          ADD_FAILURE() << "something covers a clear face";
          return;
        }
      });
  EXPECT_EQ(frames, 12);
}

TEST(FaceMask, FollowsAFaceWithoutAnyProperty) {
  // A face in a wider picture, for ten frames.
  const std::string line =
      "ganfake grid=1x1 seed=3 num-buffers=10 ! videoconvert ! videoscale ! "
      "video/x-raw,width=160,height=160,format=I420 ! videobox left=-100 right=-140 top=-60 "
      "bottom=-80 fill=white ! facemask";
  const int frames = for_each_frame(line, [](GstBuffer* buffer) {
    gpointer iterator = nullptr;
    const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
    if (face == nullptr) {
      ADD_FAILURE() << "a frame has no face";
      return;
    }
    EXPECT_EQ(face->face_id, 0u);
    EXPECT_GT(face->score, 0.5);
    // The crop's middle, at 180, 140 of the picture.
    const gdouble* t = face->transform;
    EXPECT_NEAR(t[0] * 180 + t[1] * 140 + t[2], 0.5, 0.1);
    EXPECT_NEAR(t[3] * 180 + t[4] * 140 + t[5], 0.5, 0.1);
    EXPECT_NEAR(1 / std::hypot(t[0], t[1]), 160, 25);
  });
  EXPECT_EQ(frames, 10);
}

TEST(FaceMask, SaysHowLongItTakes) {
  GstHarness* harness = gst_harness_new_parse("facemask");
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 1280, 960);
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  gst_harness_set_upstream_latency(harness, 5 * GST_MSECOND);
  EXPECT_EQ(gst_harness_query_latency(harness), 5 * GST_MSECOND);
  for (int i = 0; i < 16; ++i) {
    ASSERT_EQ(gst_harness_push(harness, to_buffer(gradient_frame(info))), GST_FLOW_OK);
    gst_buffer_unref(gst_harness_pull(harness));
  }
  EXPECT_GT(gst_harness_query_latency(harness), 6 * GST_MSECOND);
  gst_harness_teardown(harness);
}

// Pushes a frame of 16 x 16 RGB pixels whose planes lie as a video meta has it.
GstFlowReturn push_laid_out(GstVideoFormat format, guint width, gsize offset, gint stride,
                            gsize size = 768) {
  GstHarness* harness = gst_harness_new_parse("facemask face-source=frame mask=color");
  gst_harness_set_src_caps_str(harness, caps_of(video_info(GST_VIDEO_FORMAT_RGB, 16, 16)).c_str());
  GstBuffer* buffer = to_buffer(std::vector<uint8_t>(size, 50));
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, format, width, 16, 1, &offset,
                                 &stride);
  const GstFlowReturn flow = gst_harness_push(harness, buffer);
  gst_harness_teardown(harness);
  return flow;
}

TEST(FaceMask, RefusesFramesThatDoNotLieInTheirBuffer) {
  constexpr GstVideoFormat kRgb = GST_VIDEO_FORMAT_RGB;
  EXPECT_EQ(push_laid_out(kRgb, 16, 0, 48), GST_FLOW_OK);
  EXPECT_EQ(push_laid_out(kRgb, 16, 720, -48), GST_FLOW_OK);  // from the last row up
  EXPECT_EQ(push_laid_out(kRgb, 16, 4, 48, 772), GST_FLOW_OK);
  EXPECT_EQ(push_laid_out(kRgb, 16, 1, 48), GST_FLOW_ERROR);  // ends a byte later
  EXPECT_EQ(push_laid_out(kRgb, 16, 0, 49), GST_FLOW_ERROR);
  EXPECT_EQ(push_laid_out(kRgb, 16, 719, -48), GST_FLOW_ERROR);  // begins a byte earlier
  EXPECT_EQ(push_laid_out(kRgb, 16, 0, 0), GST_FLOW_ERROR);      // rows on one another
  EXPECT_EQ(push_laid_out(kRgb, 16, 1 << 20, 48), GST_FLOW_ERROR);
  EXPECT_EQ(push_laid_out(kRgb, 16, 0, G_MAXINT), GST_FLOW_ERROR);
  EXPECT_EQ(push_laid_out(kRgb, 0xffffff99u, 0, 48), GST_FLOW_ERROR);  // below 0 as an int
  EXPECT_EQ(push_laid_out(kRgb, 8, 0, 48), GST_FLOW_ERROR);            // smaller than the caps
  EXPECT_EQ(push_laid_out(GST_VIDEO_FORMAT_BGR, 16, 0, 48), GST_FLOW_ERROR);
}

TEST(FaceMask, NamesMissingMaskImage) {
  const std::string message = run_pipeline(
      "videotestsrc num-buffers=1 ! facemask mask=image location=/nowhere/m.png ! fakesink");
  EXPECT_NE(message.find("/nowhere/m.png"), std::string::npos) << message;
  EXPECT_NE(
      run_pipeline("videotestsrc num-buffers=1 ! facemask mask=image ! fakesink").find("location"),
      std::string::npos);
}

TEST(FaceMask, AYunetNetworkAlignsFacesByTheirEyes) {
  const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_RGB, 320, 256);
  for (const int channel : {0, 2}) {
    GstHarness* harness = gst_harness_new_parse(
        "facemask region=center max-faces=1 detector-model=" GANFACE_TEST_SUPPORT
        "/" GANFACE_TEST_YUNET);
    gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
    std::vector<uint8_t> frame(GST_VIDEO_INFO_SIZE(&info));
    for (int y = 64; y < 128; ++y)
      for (int x = 128; x < 192; ++x) frame[static_cast<size_t>(y * 960 + x * 3 + channel)] = 255;
    ASSERT_EQ(gst_harness_push(harness, to_buffer(frame)), GST_FLOW_OK);
    GstBuffer* buffer = gst_harness_pull(harness);
    gpointer iterator = nullptr;
    const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(buffer, &iterator);
    if (channel == 0) {
      ASSERT_NE(face, nullptr) << "a red square is a face";
      // One layout's largest prior over the square is of 192 pixels about (160, 96), eyes at its
      // sixths; the other's cell begins there, with eyes 32 pixels to the left and right.
      for (const auto& [x, u] : {std::pair(128.0, 0.328), std::pair(192.0, 0.652)}) {
        const double* t = face->transform;
        EXPECT_NEAR(t[0] * x + t[1] * 96 + t[2], u, 1e-3);
        EXPECT_NEAR(t[3] * x + t[4] * 96 + t[5], 0.4, 1e-3);
      }
      EXPECT_GT(face->score, 0.9);
    } else {
      EXPECT_EQ(face, nullptr) << "a blue one is not";
    }
    gst_buffer_unref(buffer);
    gst_harness_teardown(harness);
  }
}

TEST(FaceMask, NamesMissingDetectorModel) {
  for (const char* file : {"/nowhere/c.xml", "/nowhere/c.onnx", "/etc/passwd"}) {
    const std::string message =
        run_pipeline(std::string("videotestsrc num-buffers=1 ! facemask detector-model=") + file +
                     " ! fakesink");
    EXPECT_NE(message.find(file), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace ganface::test
