// SPDX-License-Identifier: MIT
// Owns the fuzzing of what upstream hands to the elements: caps, buffers of any layout, regions of
// interest and masks with any numbers.
#include "common/elements.h"

#include <fuzzer/FuzzedDataProvider.h>
#include <ganface/error.h>
#include <gst/video/gstvideometa.h>

#include <memory>

#include "common/video_frame.h"
#include "expect.h"
#include "ganinpaint/frame_repairer.h"
#include "gstfacemaskmeta.h"
#include "random_frame.h"
#include "stand_ins.h"

namespace {

using namespace ganface;
using ganface::fuzz::expect;

GstVideoInfo random_info(FuzzedDataProvider& data) {
  constexpr GstVideoFormat kFormats[] = {
      GST_VIDEO_FORMAT_RGB,  GST_VIDEO_FORMAT_BGR,  GST_VIDEO_FORMAT_RGBA, GST_VIDEO_FORMAT_BGRA,
      GST_VIDEO_FORMAT_RGBx, GST_VIDEO_FORMAT_BGRx, GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12};
  GstVideoInfo info;
  gst_video_info_set_format(&info, data.PickValueInArray(kFormats),
                            data.ConsumeIntegralInRange(1u, 40u),
                            data.ConsumeIntegralInRange(1u, 40u));
  info.fps_n = data.ConsumeIntegralInRange(0, 60);
  if (data.ConsumeBool()) {
    info.par_n = data.ConsumeIntegralInRange(1, G_MAXINT);
    info.par_d = data.ConsumeIntegralInRange(1, G_MAXINT);
  }
  if (data.ConsumeBool()) info.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
  info.chroma_site = data.ConsumeBool() ? GST_VIDEO_CHROMA_SITE_MPEG2 : GST_VIDEO_CHROMA_SITE_JPEG;
  return info;
}

// A layout of the planes, or nothing, which is that of the caps.
void add_layout(FuzzedDataProvider& data, const GstVideoInfo& info, GstBuffer* buffer) {
  const int way = data.ConsumeIntegralInRange(0, 3);
  if (way == 0) return;
  gsize offsets[GST_VIDEO_MAX_PLANES] = {};
  gint strides[GST_VIDEO_MAX_PLANES] = {};
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane) {
    offsets[plane] = GST_VIDEO_INFO_PLANE_OFFSET(&info, plane);
    strides[plane] = GST_VIDEO_INFO_PLANE_STRIDE(&info, plane);
    if (way == 1) {  // padded, or from the last row to the first
      offsets[plane] += data.ConsumeIntegral<uint8_t>();
      strides[plane] += data.ConsumeIntegral<int8_t>();
    }
    if (way == 2) {  // anything
      offsets[plane] =
          data.ConsumeBool() ? data.ConsumeIntegral<uint16_t>() : data.ConsumeIntegral<gsize>();
      strides[plane] =
          data.ConsumeBool() ? data.ConsumeIntegral<int16_t>() : data.ConsumeIntegral<gint>();
    }
  }
  const bool other = way == 3;
  gst_buffer_add_video_meta_full(
      buffer, GST_VIDEO_FRAME_FLAG_NONE,
      other && data.ConsumeBool() ? GST_VIDEO_FORMAT_NV12 : GST_VIDEO_INFO_FORMAT(&info),
      static_cast<guint>(info.width + (other ? data.ConsumeIntegral<int8_t>() : 0)),
      static_cast<guint>(info.height + (other ? data.ConsumeIntegral<int8_t>() : 0)),
      GST_VIDEO_INFO_N_PLANES(&info), offsets, strides);
}

guint random_side(FuzzedDataProvider& data) {
  return data.ConsumeIntegralInRange(0, 3) == 0 ? data.ConsumeIntegral<guint>()
                                                : data.ConsumeIntegral<uint8_t>();
}

void add_regions(FuzzedDataProvider& data, GstBuffer* buffer) {
  for (int i = data.ConsumeIntegralInRange(0, 3); i > 0; --i)
    gst_buffer_add_video_region_of_interest_meta(buffer, data.ConsumeBool() ? "face" : "hand",
                                                 random_side(data), random_side(data),
                                                 random_side(data), random_side(data));
}

void add_masks(FuzzedDataProvider& data, const FrameFormat& frame, GstBuffer* buffer) {
  for (int i = data.ConsumeIntegralInRange(0, 2); i > 0; --i) {
    const CanonicalTransform transform = fuzz::random_transform(data, frame);
    const auto side = data.PickValueInArray<guint>({0, 1, 2, 3, 12, 31, 64, 192, 192, 330});
    std::vector<uint8_t> mask(size_t{side} * side, data.ConsumeBool() ? 255 : 0);
    for (const uint8_t byte : data.ConsumeBytes<uint8_t>(4))
      if (!mask.empty()) mask[(byte * size_t{641}) % mask.size()] = byte;
    GBytes* bytes = g_bytes_new(mask.data(), mask.size());
    GstFaceMaskMeta* meta =
        gst_buffer_add_face_mask_meta(buffer, data.ConsumeIntegralInRange(0u, 2u),
                                      fuzz::random_number(data), transform.data(), side, bytes);
    g_bytes_unref(bytes);
    meta->verdict = static_cast<GstFaceMaskVerdict>(data.ConsumeIntegralInRange(0, 5));
    meta->yaw = fuzz::random_number(data);
    meta->occluders = static_cast<GstFaceMaskOccluders>(data.ConsumeIntegralInRange(0, 31));
  }
}

// The samples of a picture, or as many bytes as there happen to be.
GstBuffer* random_buffer(FuzzedDataProvider& data, const GstVideoInfo& info) {
  gsize size = GST_VIDEO_INFO_SIZE(&info);
  const int way = data.ConsumeIntegralInRange(0, 3);
  if (way == 0) size += data.ConsumeIntegral<uint16_t>() % 4096;
  if (way == 1) size = data.ConsumeIntegral<uint16_t>() % (2 * size);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
  gst_buffer_memset(buffer, 0, data.ConsumeIntegral<uint8_t>(), size);
  // Memory in two pieces.
  if (data.ConsumeBool()) {
    const gsize more = data.ConsumeIntegral<uint8_t>();
    gst_buffer_append_memory(buffer, gst_allocator_alloc(nullptr, more, nullptr));
  }
  GST_BUFFER_PTS(buffer) = data.ConsumeIntegralInRange<GstClockTime>(0, GST_SECOND);
  add_layout(data, info, buffer);
  add_regions(data, buffer);
  FrameFormat format;
  format.width = info.width;
  format.height = info.height;
  add_masks(data, format, buffer);
  return buffer;
}

struct Unref {
  void operator()(gpointer object) const { gst_object_unref(object); }
};

// facemask between two pads.
class FaceMask {
 public:
  explicit FaceMask(FuzzedDataProvider& data)
      : element_(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("facemask", nullptr)))),
        from_(gst_pad_new("from", GST_PAD_SRC)),
        to_(gst_pad_new("to", GST_PAD_SINK)) {
    for (const char* name : {"face-source", "mask", "region", "occlude"}) {
      GEnumClass* values =
          G_PARAM_SPEC_ENUM(g_object_class_find_property(G_OBJECT_GET_CLASS(element_.get()), name))
              ->enum_class;
      const guint chosen = data.ConsumeIntegralInRange(0u, values->n_values - 1);
      const gchar* nick = values->values[chosen].value_nick;
      // Without a file mask=image does not start.
      if (g_strcmp0(nick, "image") != 0)
        gst_util_set_object_arg(G_OBJECT(element_.get()), name, nick);
    }
    g_object_set(element_.get(), "draw", data.ConsumeBool() ? TRUE : FALSE, "dilate",
                 data.ConsumeIntegralInRange(0u, 4u), "feather",
                 data.ConsumeIntegralInRange(0u, 1u), nullptr);
    gst_pad_set_element_private(to_.get(), this);
    gst_pad_set_chain_function(to_.get(), take);
    link(from_.get(), "sink");
    link(to_.get(), "src");
    gst_pad_set_active(from_.get(), TRUE);
    gst_pad_set_active(to_.get(), TRUE);
    gst_element_set_state(element_.get(), GST_STATE_PLAYING);
  }
  ~FaceMask() {
    gst_element_set_state(element_.get(), GST_STATE_NULL);
    for (GstPad* pad : {from_.get(), to_.get()}) gst_pad_set_active(pad, FALSE);
    for (GstBuffer* frame : frames) gst_buffer_unref(frame);
  }
  FaceMask(const FaceMask&) = delete;
  FaceMask& operator=(const FaceMask&) = delete;

  bool begin(const GstVideoInfo& info) {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(from_.get(), gst_event_new_stream_start("fuzz"));
    GstCaps* caps = gst_video_info_to_caps(&info);
    const bool taken = gst_pad_push_event(from_.get(), gst_event_new_caps(caps)) != FALSE;
    gst_caps_unref(caps);
    gst_pad_push_event(from_.get(), gst_event_new_segment(&segment));
    return taken;
  }
  GstFlowReturn push(GstBuffer* buffer) { return gst_pad_push(from_.get(), buffer); }

  std::vector<GstBuffer*> frames;  // that came out

 private:
  void link(GstPad* pad, const char* name) {
    const std::unique_ptr<GstPad, Unref> own(gst_element_get_static_pad(element_.get(), name));
    if (GST_PAD_IS_SRC(pad))
      gst_pad_link(pad, own.get());
    else
      gst_pad_link(own.get(), pad);
  }
  static GstFlowReturn take(GstPad* pad, GstObject*, GstBuffer* buffer) {
    static_cast<FaceMask*>(gst_pad_get_element_private(pad))->frames.push_back(buffer);
    return GST_FLOW_OK;
  }

  const std::unique_ptr<GstElement, Unref> element_;
  const std::unique_ptr<GstPad, Unref> from_, to_;
};

// As ganinpaint does with a batch.
void repair(FuzzedDataProvider& data, const GstVideoInfo& info, std::vector<GstBuffer*>& frames) {
  fuzz::Answers& answers = fuzz::answers();
  answers.method = data.ConsumeBool() ? RepairMethod::kCompletion : RepairMethod::kLatent;
  answers.size = data.ConsumeBool() ? 128 : 64;
  answers.colour = data.ConsumeIntegral<uint8_t>();
  answers.is_soft = data.ConsumeBool();
  answers.fails = data.ConsumeIntegralInRange(0, 7) == 0;
  gst::FrameRepairer repairer("/proc/self/exe", "auto");
  if (data.ConsumeBool()) repairer.show_person(Image(64, 64, 3, 120));
  RepairRun run;
  run.remember = data.ConsumeBool();
  for (int round = 0; round < 2; ++round) {
    std::vector<gst::FrameReport> reports;
    try {
      repairer.repair(info, frames, run, reports);
    } catch (const Error&) {
    }
    expect(reports.size() == frames.size(), "each frame has a report");
    for (const gst::FrameReport& report : reports) gst_structure_free(gst::to_structure(report, 1));
    if (data.ConsumeBool()) repairer.forget();
  }
}

void abort_when_critical(const gchar* domain, GLogLevelFlags level, const gchar* message,
                         gpointer) {
  if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) == 0) return;
  g_printerr("%s: %s\n", domain != nullptr ? domain : "", message);
  abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  g_setenv("GST_REGISTRY_UPDATE", "no", TRUE);
  g_setenv("GST_REGISTRY", "/nowhere/registry", TRUE);
  g_setenv("GST_PLUGIN_SYSTEM_PATH", "", TRUE);
  gst_init(nullptr, nullptr);
  g_log_set_default_handler(abort_when_critical, nullptr);
  GST_ELEMENT_REGISTER(facemask, nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  FuzzedDataProvider data(bytes, size);
  const GstVideoInfo info = random_info(data);
  FaceMask mask(data);
  if (!mask.begin(info)) return 0;
  for (int i = data.ConsumeIntegralInRange(1, 2); i > 0; --i) mask.push(random_buffer(data, info));
  if (!mask.frames.empty()) repair(data, info, mask.frames);
  return 0;
}
