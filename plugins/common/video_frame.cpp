// SPDX-License-Identifier: MIT
// Owns the way between GStreamer's video buffers and the engine's Frame.
#include "common/video_frame.h"

#include <ganface/error.h>
#include <gst/video/gstvideometa.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace ganface::gst {
namespace {

// Anamorphic film has 2. Faces are looked for in pictures with square pixels, which take so many
// times the memory.
constexpr int kMostPixelAspect = 16;

Frame::Component component_of(GstVideoFrame* frame, guint component) {
  return {static_cast<uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(frame, component)),
          GST_VIDEO_FRAME_COMP_STRIDE(frame, component),
          GST_VIDEO_FRAME_COMP_PSTRIDE(frame, component)};
}

Frame view_of(GstVideoFrame* frame) {
  const GstVideoInfo& info = frame->info;
  Frame view;
  view.width = GST_VIDEO_FRAME_WIDTH(frame);
  view.height = GST_VIDEO_FRAME_HEIGHT(frame);
  view.is_yuv = GST_VIDEO_INFO_IS_YUV(&info);
  for (guint c = 0; c < 3; ++c) view.components[c] = component_of(frame, c);
  if (GST_VIDEO_INFO_HAS_ALPHA(&info)) view.alpha = component_of(frame, GST_VIDEO_COMP_A);
  if (GST_VIDEO_INFO_PAR_N(&info) > 0 && GST_VIDEO_INFO_PAR_D(&info) > 0)
    view.pixel_aspect =
        static_cast<double>(GST_VIDEO_INFO_PAR_N(&info)) / GST_VIDEO_INFO_PAR_D(&info);
  view.is_full_range = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  if (!view.is_yuv) return view;
  if (!gst_video_color_matrix_get_Kr_Kb(info.colorimetry.matrix, &view.kr, &view.kb)) {
    view.kr = 0.299;
    view.kb = 0.114;
  }
  view.chroma_x = (info.chroma_site & GST_VIDEO_CHROMA_SITE_H_COSITED) != 0 ? 0.5 : 1;
  view.chroma_y = (info.chroma_site & GST_VIDEO_CHROMA_SITE_V_COSITED) != 0 ? 0.5 : 1;
  return view;
}

// GStreamer takes what does not for a defect of the program.
bool fits_caps(const GstVideoMeta* meta, const GstVideoInfo& info) {
  return meta == nullptr || (meta->format == GST_VIDEO_INFO_FORMAT(&info) &&
                             meta->n_planes == GST_VIDEO_INFO_N_PLANES(&info) &&
                             meta->width >= static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info)) &&
                             meta->height >= static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info)) &&
                             meta->width <= G_MAXINT && meta->height <= G_MAXINT);
}

// Whether all samples of a component lie in what is mapped, row beside row; GStreamer takes a video
// meta's word for it.
bool lies_in_memory(const GstVideoFrame& frame, guint component) {
  if (frame.meta == nullptr) return true;
  const GstMapInfo& map = frame.map[GST_VIDEO_FRAME_COMP_PLANE(&frame, component)];
  const auto* first = static_cast<const guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame, component));
  const gint64 begin = first - map.data;
  const gint64 stride = GST_VIDEO_FRAME_COMP_STRIDE(&frame, component);
  const gint64 down = stride * (GST_VIDEO_FRAME_COMP_HEIGHT(&frame, component) - 1);
  const gint64 along = gint64{GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component)} *
                       (GST_VIDEO_FRAME_COMP_WIDTH(&frame, component) - 1);
  const bool is_one_row = GST_VIDEO_FRAME_COMP_HEIGHT(&frame, component) == 1;
  return (is_one_row || std::abs(stride) > along) && begin + std::min<gint64>(down, 0) >= 0 &&
         begin + std::max<gint64>(down, 0) + along < static_cast<gint64>(map.size);
}

}  // namespace

GstVideoInfo video_info_of(const GstCaps* caps, const char* element) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps))
    throw Error(ErrorCode::kInput, std::string(element) + ": the caps are not raw video");
  if (GST_VIDEO_INFO_IS_INTERLACED(&info))
    throw Error(ErrorCode::kInput,
                std::string(element) + ": the video is interlaced (interlace-mode=" +
                    gst_video_interlace_mode_to_string(GST_VIDEO_INFO_INTERLACE_MODE(&info)) +
                    "), expected progressive frames; put deinterlace in front");
  const int wide = GST_VIDEO_INFO_PAR_N(&info), high = GST_VIDEO_INFO_PAR_D(&info);
  if (wide > high * gint64{kMostPixelAspect} || high > wide * gint64{kMostPixelAspect})
    throw Error(ErrorCode::kInput,
                std::string(element) + ": pixel-aspect-ratio=" + std::to_string(wide) + "/" +
                    std::to_string(high) + ", expected pixels that are at most " +
                    std::to_string(kMostPixelAspect) +
                    " times as long as short; the stream's header is wrong, put capssetter in "
                    "front or write the file anew");
  return info;
}

MappedFrame::MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags access) {
  const auto refuse = [&](ErrorCode code, const std::string& why) {
    return Error(code, "a frame of " + std::to_string(GST_VIDEO_INFO_WIDTH(&info)) + "x" +
                           std::to_string(GST_VIDEO_INFO_HEIGHT(&info)) + " " + why);
  };
  if (!fits_caps(gst_buffer_get_video_meta(buffer), info))
    throw refuse(ErrorCode::kInput,
                 "has a video meta of another format, or of a smaller size, than its caps say; "
                 "the element before it gives wrong frames");
  if (!gst_video_frame_map(&frame_, &info, buffer, access))
    throw refuse(ErrorCode::kInternal, "cannot be mapped; its buffer does not fit its caps");
  for (guint component = 0; component < GST_VIDEO_INFO_N_COMPONENTS(&info); ++component)
    if (!lies_in_memory(frame_, component)) {
      gst_video_frame_unmap(&frame_);
      throw refuse(ErrorCode::kInput,
                   "does not lie in its buffer of " + std::to_string(gst_buffer_get_size(buffer)) +
                       " bytes, as offsets and strides of its video meta have it; the element "
                       "before it gives wrong frames");
    }
  view_ = view_of(&frame_);
}

MappedFrame::~MappedFrame() { gst_video_frame_unmap(&frame_); }

}  // namespace ganface::gst
