// SPDX-License-Identifier: MIT
// Test that as many frames leave as come in, whatever the batch size, behind a slow element and a
// sink that keeps time. Skipped (exit code 77) where the clips are missing.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "harness.h"
#include "loaded_models.h"

namespace ganface::test {
namespace {

std::filesystem::path clips() {
  const char* folder = std::getenv("GANFACE_TEST_DATA");
  return std::filesystem::path(folder != nullptr ? folder : "../shared/data") / "clips";
}

// Frames that reach the element "sink" of a launch line.
int count_frames(const std::string& line) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  EXPECT_EQ(error, nullptr) << error->message;
  int count = 0;
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstPad* pad = gst_element_get_static_pad(sink, "sink");
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo*, gpointer data) {
        ++*static_cast<int*>(data);
        return GST_PAD_PROBE_OK;
      },
      &count, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 120 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  EXPECT_NE(message, nullptr) << "timed out";
  if (message != nullptr) {
    EXPECT_EQ(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS);
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (gpointer object : {gpointer(pad), gpointer(sink), gpointer(bus), gpointer(pipeline)})
    gst_object_unref(object);
  return count;
}

class FrameCount : public ::testing::TestWithParam<const char*> {};

TEST_P(FrameCount, OutEqualsIn) {
  const std::string source =
      "filesrc location=" + (clips() / GetParam()).string() + " ! decodebin ! videoconvert ! ";
  const int in = count_frames(source + "fakesink name=sink sync=false");
  EXPECT_GT(in, 20);
  for (const int batch : {1, 4, 7}) {
    // 60 ms a frame is slower than the clips play: every frame comes late to the sink.
    const int out = count_frames(
        source + "facemask region=mouth occlude=gray inference-interval=5 ! ganinpaint " +
        "iterations=1 batch-size=" + std::to_string(batch) +
        " ! identity sleep-time=60000 ! fakesink name=sink sync=true");
    EXPECT_EQ(out, in) << "batch-size=" << batch;
    std::printf("%s: %d frames in, batch-size %d: %d out\n", GetParam(), in, batch, out);
  }
}

INSTANTIATE_TEST_SUITE_P(Clips, FrameCount,
                         ::testing::Values("asl-again.mkv", "asl-bird.mkv", "asl-eat.mkv",
                                           "asl-thanks.mkv"),
                         [](const auto& info) {
                           const std::string name = info.param;
                           return name.substr(4, name.size() - 8);
                         });

}  // namespace
}  // namespace ganface::test

int main(int count, char** arguments) {
  if (!std::filesystem::exists(ganface::test::clips())) {
    std::printf("skipped: %s is missing\n", ganface::test::clips().c_str());
    return 77;
  }
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
