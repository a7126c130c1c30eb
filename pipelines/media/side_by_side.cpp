// SPDX-License-Identifier: MIT
// Owns the preview: the picture as it came at the left, the repaired one at the right.
#include "media/side_by_side.h"

#include <gst/video/gstvideofilter.h>

#include <cstring>
#include <utility>

namespace ganface::media {

void OriginalFrames::push(Owned<GstBuffer> frame) {
  const std::lock_guard lock(mutex_);
  frames_.push_back(std::move(frame));
}

Owned<GstBuffer> OriginalFrames::pop() {
  const std::lock_guard lock(mutex_);
  if (frames_.empty()) return nullptr;
  Owned<GstBuffer> frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

namespace {

struct SideBySide {
  GstVideoFilter parent;
  std::shared_ptr<OriginalFrames>* originals;
};

struct SideBySideClass {
  GstVideoFilterClass parent_class;
};

// The second picture starts at an even column, so that subsampled chroma stays aligned.
int column_of_second(int width) { return (width + 1) / 2 * 2; }

GstCaps* transform_caps(GstBaseTransform*, GstPadDirection direction, GstCaps* caps,
                        GstCaps* filter) {
  GstCaps* other = gst_caps_copy(caps);
  for (guint i = 0; i < gst_caps_get_size(other); ++i) {
    GstStructure* structure = gst_caps_get_structure(other, i);
    gint width = 0;
    if (direction == GST_PAD_SINK && gst_structure_get_int(structure, "width", &width) != FALSE)
      gst_structure_set(structure, "width", G_TYPE_INT, 2 * column_of_second(width), nullptr);
    else
      gst_structure_set(structure, "width", GST_TYPE_INT_RANGE, 1, G_MAXINT, nullptr);
  }
  if (filter == nullptr) return other;
  GstCaps* common = gst_caps_intersect_full(filter, other, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref(other);
  return common;
}

void copy_picture(const GstVideoFrame& from, GstVideoFrame& to, int column) {
  const GstVideoFormatInfo* format = from.info.finfo;
  for (guint plane = 0; plane < GST_VIDEO_FORMAT_INFO_N_PLANES(format); ++plane) {
    guint component = 0;
    while (GST_VIDEO_FORMAT_INFO_PLANE(format, component) != plane) ++component;
    const int pixel_bytes = GST_VIDEO_FORMAT_INFO_PSTRIDE(format, component);
    const auto row_bytes =
        static_cast<size_t>(GST_VIDEO_FRAME_COMP_WIDTH(&from, component) * pixel_bytes);
    const int left = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH(format, component, column) * pixel_bytes;
    const auto* source = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&from, plane));
    auto* target = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&to, plane));
    // The column that an odd width leaves free shows what is beside it.
    const auto gap = static_cast<size_t>(
        (GST_VIDEO_FORMAT_INFO_SCALE_WIDTH(format, component,
                                           column_of_second(GST_VIDEO_FRAME_WIDTH(&from))) -
         GST_VIDEO_FRAME_COMP_WIDTH(&from, component)) *
        pixel_bytes);
    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&from, component); ++y) {
      guint8* row = target + ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&to, plane) + left;
      std::memcpy(row, source + ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&from, plane),
                  row_bytes);
      std::memcpy(row + row_bytes, row + row_bytes - gap, gap);
    }
  }
}

GstFlowReturn transform_frame(GstVideoFilter* filter, GstVideoFrame* in, GstVideoFrame* out) {
  const Owned<GstBuffer> original = (*reinterpret_cast<SideBySide*>(filter)->originals)->pop();
  GstVideoFrame left;
  if (!original || GST_BUFFER_PTS(original.get()) != GST_BUFFER_PTS(in->buffer) ||
      gst_video_frame_map(&left, &filter->in_info, original.get(), GST_MAP_READ) == FALSE) {
    GST_ELEMENT_ERROR(filter, STREAM, FAILED,
                      ("preview: a repaired frame does not belong to the next original one"),
                      (nullptr));
    return GST_FLOW_ERROR;
  }
  copy_picture(left, *out, 0);
  gst_video_frame_unmap(&left);
  copy_picture(*in, *out, column_of_second(GST_VIDEO_FRAME_WIDTH(in)));
  return GST_FLOW_OK;
}

void finalize(GObject* object) {
  delete reinterpret_cast<SideBySide*>(object)->originals;
  G_OBJECT_CLASS(g_type_class_peek(GST_TYPE_VIDEO_FILTER))->finalize(object);
}

void class_init(gpointer klass, gpointer) {
  constexpr const char* kCaps =
      GST_VIDEO_CAPS_MAKE("{ RGB, BGR, RGBA, BGRA, RGBx, BGRx, I420, NV12 }");
  G_OBJECT_CLASS(klass)->finalize = finalize;
  GST_BASE_TRANSFORM_CLASS(klass)->transform_caps = transform_caps;
  GST_VIDEO_FILTER_CLASS(klass)->transform_frame = transform_frame;
  GstCaps* caps = gst_caps_from_string(kCaps);
  for (const auto& [name, direction] :
       {std::pair{"sink", GST_PAD_SINK}, std::pair{"src", GST_PAD_SRC}})
    gst_element_class_add_pad_template(GST_ELEMENT_CLASS(klass),
                                       gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);
  gst_element_class_set_static_metadata(
      GST_ELEMENT_CLASS(klass), "Side by side", "Filter/Effect/Video",
      "Puts the original frame beside the repaired one", "ganface");
}

GType side_by_side_type() {
  static const GType type = g_type_register_static_simple(
      GST_TYPE_VIDEO_FILTER, "GanfaceSideBySide", sizeof(SideBySideClass), class_init,
      sizeof(SideBySide), nullptr, static_cast<GTypeFlags>(0));
  return type;
}

}  // namespace

GstElement* new_side_by_side(std::shared_ptr<OriginalFrames> originals) {
  auto* element = static_cast<GstElement*>(g_object_new(side_by_side_type(), nullptr));
  reinterpret_cast<SideBySide*>(element)->originals =
      new std::shared_ptr<OriginalFrames>(std::move(originals));
  gst_base_transform_set_qos_enabled(GST_BASE_TRANSFORM(element), FALSE);
  return element;
}

}  // namespace ganface::media
