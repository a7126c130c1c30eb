// SPDX-License-Identifier: MIT
// Owns the view of a GstVideoFrame as the engine's Frame.
#include "video_frame.h"

namespace ganface::gst {

Frame view_of(GstVideoFrame* frame) {
  Frame view;
  view.width = GST_VIDEO_FRAME_WIDTH(frame);
  view.height = GST_VIDEO_FRAME_HEIGHT(frame);
  view.is_yuv = GST_VIDEO_INFO_IS_YUV(&frame->info);
  for (guint c = 0; c < 3; ++c)
    view.components[c] = {static_cast<uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(frame, c)),
                          GST_VIDEO_FRAME_COMP_STRIDE(frame, c),
                          GST_VIDEO_FRAME_COMP_PSTRIDE(frame, c)};
  const GstVideoColorimetry& colorimetry = frame->info.colorimetry;
  view.is_full_range = colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  if (view.is_yuv && !gst_video_color_matrix_get_Kr_Kb(colorimetry.matrix, &view.kr, &view.kb)) {
    view.kr = 0.299;
    view.kb = 0.114;
  }
  return view;
}

Image grey_of(const Frame& frame) {
  Image grey(frame.width, frame.height, 1);
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x) {
      const auto at = [&](size_t c) {
        const Frame::Component& component = frame.components[c];
        return component.data[y * component.stride + x * component.pixel_stride];
      };
      // Rec. 601 in 1/256.
      grey.row(y)[x] =
          frame.is_yuv ? at(0) : static_cast<uint8_t>((77 * at(0) + 150 * at(1) + 29 * at(2)) >> 8);
    }
  return grey;
}

}  // namespace ganface::gst
