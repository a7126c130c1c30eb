// SPDX-License-Identifier: MIT
// Owns what the element tests share: harnesses, frames, and the bus.
#pragma once

#include <gst/check/gstharness.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ganface::test {

class GStreamer : public ::testing::Environment {
 public:
  void SetUp() override { gst_init(nullptr, nullptr); }
  void TearDown() override { gst_deinit(); }
};
inline const auto* const kGStreamer = ::testing::AddGlobalTestEnvironment(new GStreamer);

/// Bytes of a frame of `info` whose every sample is x * 3 + y * 5 + plane * 40, modulo 200.
inline std::vector<uint8_t> gradient_frame(const GstVideoInfo& info) {
  std::vector<uint8_t> bytes(GST_VIDEO_INFO_SIZE(&info));
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane) {
    const int stride = GST_VIDEO_INFO_PLANE_STRIDE(&info, plane);
    const gsize begin = GST_VIDEO_INFO_PLANE_OFFSET(&info, plane);
    const gsize end = plane + 1 < GST_VIDEO_INFO_N_PLANES(&info)
                          ? GST_VIDEO_INFO_PLANE_OFFSET(&info, plane + 1)
                          : bytes.size();
    for (gsize i = begin; i < end; ++i) {
      const auto at = static_cast<int>(i - begin);
      bytes[i] = static_cast<uint8_t>(
          (at % stride * 3 + at / stride * 5 + static_cast<int>(plane) * 40) % 200);
    }
  }
  return bytes;
}

inline GstVideoInfo video_info(GstVideoFormat format, int width, int height) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, format, static_cast<guint>(width), static_cast<guint>(height));
  info.fps_n = 25;
  info.fps_d = 1;
  return info;
}

inline std::string caps_of(const GstVideoInfo& info) {
  GstCaps* caps = gst_video_info_to_caps(&info);
  gchar* text = gst_caps_to_string(caps);
  const std::string result = text;
  g_free(text);
  gst_caps_unref(caps);
  return result;
}

inline GstBuffer* to_buffer(const std::vector<uint8_t>& bytes) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes.size(), nullptr);
  gst_buffer_fill(buffer, 0, bytes.data(), bytes.size());
  GST_BUFFER_PTS(buffer) = 0;
  GST_BUFFER_DURATION(buffer) = 40 * GST_MSECOND;
  return buffer;
}

inline std::vector<uint8_t> bytes_of(GstBuffer* buffer) {
  std::vector<uint8_t> bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

/// Runs a launch line to its end; the error message, or an empty string when it ended well.
inline std::string run_pipeline(const std::string& line) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  if (error != nullptr) {
    const std::string message = error->message;
    g_error_free(error);
    if (pipeline != nullptr) gst_object_unref(pipeline);
    return message;
  }
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 120 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  std::string result;
  if (message == nullptr) {
    result = "timed out";
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, nullptr);
    result = error->message;
    g_error_free(error);
  }
  if (message != nullptr) gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  return result;
}

}  // namespace ganface::test
