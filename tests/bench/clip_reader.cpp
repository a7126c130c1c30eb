// SPDX-License-Identifier: MIT
// Owns the reading of what elements find in a clip.
#include "clip_reader.h"

#include <ganface/error.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <algorithm>
#include <thread>

#include "gstfacemaskmeta.h"

namespace ganface::bench {
namespace {

ClipFrame frame_of(GstSample* sample) {
  GstVideoInfo info;
  gst_video_info_from_caps(&info, gst_sample_get_caps(sample));
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  ClipFrame result{Image(GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info), 3), {}};
  GstVideoFrame mapped;
  gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ);
  for (int y = 0; y < result.picture.height; ++y)
    std::copy_n(static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&mapped, 0)) +
                    y * GST_VIDEO_FRAME_PLANE_STRIDE(&mapped, 0),
                result.picture.width * 3, result.picture.row(y));
  gst_video_frame_unmap(&mapped);
  gpointer state = nullptr;
  while (const GstFaceMaskMeta* meta = gst_buffer_iterate_face_mask_meta(buffer, &state)) {
    ClipFace face{meta->face_id, {}, 0};
    std::copy_n(meta->transform, 6, face.transform.begin());
    gsize size = 0;
    const auto* mask = static_cast<const uint8_t*>(g_bytes_get_data(meta->mask, &size));
    for (gsize i = 0; i < size; ++i)
      face.covered += mask[i] != 0 ? 1.0 / static_cast<double>(size) : 0;
    result.faces.push_back(face);
  }
  return result;
}

ClipReading read_pipeline(const std::string& line, const std::vector<Image>* frames) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  if (error != nullptr) throw Error(ErrorCode::kInternal, error->message);
  std::thread feeder;
  if (frames != nullptr) {
    GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    feeder = std::thread([source, frames] {
      for (size_t i = 0; i < frames->size(); ++i) {
        const Image& frame = (*frames)[i];
        GstBuffer* buffer = gst_buffer_new_memdup(frame.pixels.data(), frame.pixels.size());
        GST_BUFFER_PTS(buffer) = i * GST_SECOND / 30;
        GST_BUFFER_DURATION(buffer) = GST_SECOND / 30;
        gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
      }
      gst_app_src_end_of_stream(GST_APP_SRC(source));
      gst_object_unref(source);
    });
  }
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  ClipReading reading;
  while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(sink))) {
    reading.frames.push_back(frame_of(sample));
    gst_sample_unref(sample);
  }
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  gst_object_unref(bus);
  gst_object_unref(sink);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  if (feeder.joinable()) feeder.join();
  gst_object_unref(pipeline);
  if (message == nullptr) return reading;
  gst_message_parse_error(message, &error, nullptr);
  throw Error(ErrorCode::kInternal, error->message);
}

}  // namespace

void start(int& count, char**& arguments) { gst_init(&count, &arguments); }

ClipReading read_clip(const std::filesystem::path& file, const std::string& elements) {
  return read_pipeline(
      "filesrc location=" + file.string() + " ! decodebin ! videoconvert ! " + elements +
          " ! videoconvert ! video/x-raw,format=RGB ! appsink name=sink sync=false",
      nullptr);
}

ClipReading read_frames(const std::vector<Image>& frames, const std::string& elements) {
  return read_pipeline(
      "appsrc name=source format=time block=true caps=video/x-raw,format=RGB,width=" +
          std::to_string(frames[0].width) + ",height=" + std::to_string(frames[0].height) +
          ",framerate=30/1 ! videoconvert ! x264enc speed-preset=veryfast "
          "tune=zerolatency bitrate=3000 ! avdec_h264 ! videoconvert ! " +
          elements + " ! videoconvert ! video/x-raw,format=RGB ! appsink name=sink sync=false",
      &frames);
}

}  // namespace ganface::bench
