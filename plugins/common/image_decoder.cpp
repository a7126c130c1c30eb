// SPDX-License-Identifier: MIT
// Owns the reading of image files of any type that GStreamer decodes.
#include "common/image_decoder.h"

#include <ganface/error.h>
#include <ganface/image_marks.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <filesystem>
#include <memory>

#include "common/video_frame.h"

namespace ganface::gst {
namespace {

struct Unref {
  void operator()(GstElement* element) const {
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
  }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};

// Waits until the first frame is there, or the reason why none comes.
std::string preroll(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE,
      static_cast<GstMessageType>(GST_MESSAGE_ASYNC_DONE | GST_MESSAGE_ERROR | GST_MESSAGE_EOS));
  gst_object_unref(bus);
  std::string reason;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) reason = "it holds no picture";
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    reason = error->message;
    g_error_free(error);
  }
  gst_message_unref(message);
  return reason;
}

}  // namespace

Image decode_image(const std::string& location) {
  const auto fail = [&](const std::string& reason) {
    return Error(ErrorCode::kInput, "image '" + location + "' cannot be read: " + reason);
  };
  std::error_code cause;
  // A pipe that nobody writes to would be waited for.
  if (!std::filesystem::is_regular_file(location, cause))
    throw fail(std::filesystem::exists(location, cause) ? "it is a folder, a pipe or a device"
                                                        : "no such file");
  const ImageMarks marks = read_image_marks(location);
  if (has_too_many_pixels(marks.width, marks.height))
    throw fail("it has " + std::to_string(marks.width) + "x" + std::to_string(marks.height) +
               " pixels, expected " + std::to_string(kMostPixels / 1'000'000) +
               " megapixels or fewer");
  GError* error = nullptr;
  const std::unique_ptr<GstElement, Unref> pipeline(
      gst_parse_launch("filesrc name=file ! decodebin ! videoconvert ! video/x-raw,format=RGB ! "
                       "appsink name=picture sync=false",
                       &error));
  if (error != nullptr) {
    const std::string message = error->message;
    g_error_free(error);
    throw fail(message);
  }
  GstElement* file = gst_bin_get_by_name(GST_BIN(pipeline.get()), "file");
  g_object_set(file, "location", location.c_str(), nullptr);
  gst_object_unref(file);
  const std::unique_ptr<GstElement, void (*)(GstElement*)> sink(
      gst_bin_get_by_name(GST_BIN(pipeline.get()), "picture"),
      [](GstElement* element) { gst_object_unref(element); });
  const std::string reason = preroll(pipeline.get());
  if (!reason.empty()) throw fail(reason);
  const std::unique_ptr<GstSample, Unref> sample(
      gst_app_sink_pull_preroll(GST_APP_SINK(sink.get())));
  if (sample == nullptr) throw fail("it holds no picture");
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample.get())))
    throw fail("its decoder gives no raw video");
  MappedFrame mapped(info, gst_sample_get_buffer(sample.get()), GST_MAP_READ);
  return to_image(mapped.frame());
}

}  // namespace ganface::gst
