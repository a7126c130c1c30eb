// SPDX-License-Identifier: MIT
// Owns the part of a pipeline that turns decoded pictures into repaired ones.
#include "media/repair_chain.h"

#include <gst/video/video.h>

#include <algorithm>
#include <string>

#include "media/elements.h"
#include "media/owned.h"

namespace ganface::media {
namespace {

// What the elements repair in place; YUV stays YUV.
constexpr const char* kFormats = "video/x-raw,format={I420,NV12,RGB,BGR,RGBA,BGRA,RGBx,BGRx}";
constexpr const char* kYuv = "video/x-raw,format={I420,NV12}";
// videoconvert leaves the range as it is where YUV stays YUV.
constexpr const char* kRgb = "video/x-raw,format={RGBx,BGRx}";

// Decoders say of YUV's colours what the file says, which may be a part. Where that part has no
// matrix, GStreamer forgets the rest of it, the range too; and where nothing is said, it goes by
// the size, which is another one once a picture has been turned. Nothing if `caps` say enough.
Owned<GstCaps> with_known_matrix(const GstCaps* caps) {
  Owned<GstCaps> whole(gst_caps_copy(caps));
  GstStructure* structure = gst_caps_get_structure(whole.get(), 0);
  GstVideoColorimetry stated{};
  if (const char* text = gst_structure_get_string(structure, "colorimetry"))
    gst_video_colorimetry_from_string(&stated, text);
  gst_structure_remove_field(structure, "colorimetry");
  GstVideoInfo usual;  // for pictures of this size
  if (gst_video_info_from_caps(&usual, whole.get()) == FALSE || !GST_VIDEO_INFO_IS_YUV(&usual) ||
      stated.matrix != GST_VIDEO_COLOR_MATRIX_UNKNOWN)
    return {};
  GstVideoColorimetry known = usual.colorimetry;
  if (stated.range != GST_VIDEO_COLOR_RANGE_UNKNOWN) known.range = stated.range;
  if (stated.transfer != GST_VIDEO_TRANSFER_UNKNOWN) known.transfer = stated.transfer;
  if (stated.primaries != GST_VIDEO_COLOR_PRIMARIES_UNKNOWN) known.primaries = stated.primaries;
  const std::string text = take_text(gst_video_colorimetry_to_string(&known));
  gst_structure_set(structure, "colorimetry", G_TYPE_STRING, text.c_str(), nullptr);
  return whole;
}

// What came lying is upright now: no player shall turn it again.
GstPadProbeReturn drop_orientation(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_TAG) return GST_PAD_PROBE_OK;
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  if (gst_tag_list_get_tag_size(tags, GST_TAG_IMAGE_ORIENTATION) == 0) return GST_PAD_PROBE_OK;
  tags = gst_tag_list_copy(tags);
  gst_tag_list_remove_tag(tags, GST_TAG_IMAGE_ORIENTATION);
  GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_tag(tags);
  gst_event_unref(event);
  return GST_PAD_PROBE_OK;
}

void add_probe(GstElement* element, const char* pad_name, GstPadProbeCallback callback,
               gpointer self) {
  const Owned<GstPad> pad(gst_element_get_static_pad(element, pad_name));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, callback, self, nullptr);
}

}  // namespace

RepairChain::RepairChain(GstBin* pipeline, const ElementOptions& options, bool preview) {
  const auto append = [&](const std::string& description, Part part) {
    GstElement* element = add_element(pipeline, description, part);
    if (last_ != nullptr) link(last_, element);
    last_ = element;
    return element;
  };
  first_ = append("queue max-size-buffers=4 max-size-bytes=0 max-size-time=0", Part::kOther);
  GstElement* convert = append("videoconvert", Part::kOther);
  formats_ = append(std::string("capsfilter caps=") + kFormats, Part::kOther);
  const Owned<GstPad> sink(gst_element_get_static_pad(convert, "sink"));
  gst_pad_add_probe(
      sink.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer self) {
        GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
        if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
        GstCaps* caps = nullptr;
        gst_event_parse_caps(event, &caps);
        const Owned<GstCaps> known = with_known_matrix(caps);
        static_cast<RepairChain*>(self)->formats_come(known ? known.get() : caps);
        if (!known) return GST_PAD_PROBE_OK;
        GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_caps(known.get());
        gst_event_unref(event);
        return GST_PAD_PROBE_OK;
      },
      this, nullptr);
  // One picture a frame, whatever the number of fields, so that frames in = frames out.
  append("deinterlace fields=top", Part::kOther);
  flip_ = append("videoflip video-direction=auto", Part::kOther);
  const Owned<GstPad> turned(gst_element_get_static_pad(flip_, "src"));
  gst_pad_add_probe(turned.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, drop_orientation, nullptr,
                    nullptr);
  GstElement* face_mask = append("facemask", Part::kRepair);
  inpaint_ = append("ganinpaint", Part::kRepair);
  options.apply(face_mask, inpaint_);
  g_object_get(face_mask, "max-faces", &max_faces_, nullptr);
  g_object_set(inpaint_, "post-reports", TRUE, nullptr);
  watch(face_mask, preview);
  if (preview) {
    GstElement* sides = new_side_by_side(originals_);
    gst_bin_add(pipeline, sides);
    link(last_, sides);
    last_ = sides;
  }
  append("queue max-size-buffers=4 max-size-bytes=0 max-size-time=0", Part::kOther);
  append("videoconvert", Part::kOther);
}

void RepairChain::set_orientation(int orientation) {
  constexpr const char* kDirections[] = {"identity", "horiz", "180",   "vert",
                                         "ul-lr",    "90r",   "ur-ll", "90l"};
  gst_util_set_object_arg(G_OBJECT(flip_), "video-direction", kDirections[orientation - 1]);
}

void RepairChain::formats_come(const GstCaps* caps) {
  GstVideoInfo info;
  if (gst_video_info_from_caps(&info, caps) == FALSE) return;
  if (GST_VIDEO_INFO_HAS_ALPHA(&info)) has_alpha_ = true;
  const bool is_yuv = GST_VIDEO_INFO_IS_YUV(&info) || GST_VIDEO_INFO_IS_GRAY(&info);
  const bool direct = makes_video_ && is_yuv && !GST_VIDEO_INFO_HAS_ALPHA(&info);
  const bool narrows = !holds_full_range_ && info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  const char* formats = !direct ? kFormats : narrows ? kRgb : kYuv;
  gst_util_set_object_arg(G_OBJECT(formats_), "caps", formats);
}

void RepairChain::watch(GstElement* face_mask, bool preview) {
  add_probe(
      face_mask, "sink",
      [](GstPad*, GstPadProbeInfo*, gpointer self) {
        ++static_cast<RepairChain*>(self)->frames_in_;
        return GST_PAD_PROBE_OK;
      },
      this);
  add_probe(
      inpaint_, "src",
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        static_cast<RepairChain*>(data)->frame_comes(GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
      },
      this);
  if (!preview) return;
  add_probe(
      face_mask, "sink",
      [](GstPad*, GstPadProbeInfo* info, gpointer self) {
        // The reference makes the elements, which work in place, work on a copy.
        static_cast<RepairChain*>(self)->originals_->push(
            Owned<GstBuffer>(gst_buffer_ref(GST_PAD_PROBE_INFO_BUFFER(info))));
        return GST_PAD_PROBE_OK;
      },
      this);
}

void RepairChain::frame_comes(const GstBuffer* frame) {
  ++frames_out_;
  if (!GST_BUFFER_PTS_IS_VALID(frame)) return;
  const GstClockTime last = position_.exchange(GST_BUFFER_PTS(frame));
  if (!GST_CLOCK_TIME_IS_VALID(last) || last >= GST_BUFFER_PTS(frame)) return;
  const GstClockTime step = GST_BUFFER_PTS(frame) - last;
  shortest_step_ = std::min(shortest_step_.load(), step);
  longest_step_ = std::max(longest_step_.load(), step);
}

FaceCounts RepairChain::faces() const {
  GstStructure* statistics = nullptr;
  g_object_get(inpaint_, "stats", &statistics, nullptr);
  const Owned<GstStructure> owned(statistics);
  const auto count = [&](const char* what) {
    guint64 faces = 0;
    if (statistics != nullptr) gst_structure_get_uint64(statistics, what, &faces);
    return faces;
  };
  return {count("faces-found"), count("faces"), count("faces-left-alone"), count("faces-skipped")};
}

}  // namespace ganface::media
