// SPDX-License-Identifier: MIT
// Owns the samples beyond a picture's right and lower edge.
#include "media/edge_padding.h"

#include <gst/video/video.h>

#include <cstring>

#include "media/owned.h"

namespace ganface::media {
namespace {

// Of a block of JPEG with chroma of half the size.
constexpr gint kBlock = 16;

gint padded(gint size) { return (size + kBlock - 1) / kBlock * kBlock; }

// A buffer for frames of this kind with room for whole blocks; null when there is no memory.
Owned<GstBuffer> buffer_with_room(const GstVideoInfo& info) {
  gsize offsets[GST_VIDEO_MAX_PLANES] = {};
  gint strides[GST_VIDEO_MAX_PLANES] = {};
  GstVideoInfo large;
  gst_video_info_set_format(&large, GST_VIDEO_INFO_FORMAT(&info), padded(info.width),
                            padded(info.height));
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane) {
    strides[plane] = GST_VIDEO_INFO_PLANE_STRIDE(&large, plane);
    offsets[plane] = GST_VIDEO_INFO_PLANE_OFFSET(&large, plane);
  }
  Owned<GstBuffer> buffer(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&large), nullptr));
  if (buffer)
    gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE,
                                   GST_VIDEO_INFO_FORMAT(&info), GST_VIDEO_INFO_WIDTH(&info),
                                   GST_VIDEO_INFO_HEIGHT(&info), GST_VIDEO_INFO_N_PLANES(&info),
                                   offsets, strides);
  return buffer;
}

// Copies a plane and repeats its last column to the end of the rows of `to`. The encoder itself
// repeats the last row.
void copy_plane(const GstVideoFrame& from, GstVideoFrame& to, guint plane) {
  gint components[GST_VIDEO_MAX_COMPONENTS];
  gst_video_format_info_component(from.info.finfo, plane, components);
  const gint width = GST_VIDEO_FRAME_COMP_WIDTH(&from, components[0]);
  const gint height = GST_VIDEO_FRAME_COMP_HEIGHT(&from, components[0]);
  const gint step = GST_VIDEO_FRAME_COMP_PSTRIDE(&from, components[0]);
  const gint stride = GST_VIDEO_FRAME_PLANE_STRIDE(&to, plane);
  for (gint y = 0; y < height; ++y) {
    const auto* source = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&from, plane)) +
                         static_cast<gssize>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(&from, plane);
    auto* target = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&to, plane)) +
                   static_cast<gssize>(y) * stride;
    std::memcpy(target, source, static_cast<size_t>(width) * static_cast<size_t>(step));
    for (gint x = width * step; x < stride; ++x) target[x] = target[x - step];
  }
}

GstPadProbeReturn repeat_edges(GstPad* pad, GstPadProbeInfo* info, gpointer) {
  const Owned<GstCaps> caps(gst_pad_get_current_caps(pad));
  GstVideoInfo video;
  if (!caps || !gst_video_info_from_caps(&video, caps.get())) return GST_PAD_PROBE_OK;
  GstBuffer* const picture = GST_PAD_PROBE_INFO_BUFFER(info);
  Owned<GstBuffer> large = buffer_with_room(video);
  GstVideoFrame from, to;
  if (!large || !gst_video_frame_map(&from, &video, picture, GST_MAP_READ)) return GST_PAD_PROBE_OK;
  const bool is_mapped = gst_video_frame_map(&to, &video, large.get(), GST_MAP_WRITE);
  if (is_mapped) {
    for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(&from); ++plane)
      copy_plane(from, to, plane);
    gst_video_frame_unmap(&to);
  }
  gst_video_frame_unmap(&from);
  if (!is_mapped) return GST_PAD_PROBE_OK;
  gst_buffer_copy_into(
      large.get(), picture,
      static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0, -1);
  GST_PAD_PROBE_INFO_DATA(info) = large.release();
  gst_buffer_unref(picture);
  return GST_PAD_PROBE_OK;
}

}  // namespace

void repeat_edges_for(GstElement* encoder) {
  const Owned<GstPad> sink(gst_element_get_static_pad(encoder, "sink"));
  gst_pad_add_probe(sink.get(), GST_PAD_PROBE_TYPE_BUFFER, repeat_edges, nullptr, nullptr);
}

}  // namespace ganface::media
