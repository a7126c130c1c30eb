// SPDX-License-Identifier: MIT
// Owns the element facemask: finds faces and says what of them is missing.
/**
 * SECTION:element-facemask
 * @title: facemask
 * @short_description: finds faces and what of them is missing
 * @see_also: ganinpaint
 *
 * Passes frames on and attaches, for each face, a #GstFaceMaskMeta and a region-of-interest meta of
 * type "face". Faces turned by up to 50 degrees are found and followed, with the same id as long as
 * they are there, also while something passes in front of them; or they come from another element's
 * regions of interest, or the whole frame is one. What is missing of a face is what covers it, as a
 * network sees it, or a named region, an image, a colour or what the alpha channel says. A frame
 * without a face passes unchanged, and the picture is only written to with occlude and draw.
 *
 * With mask=auto, occluders says what is taken off a face. A medical mask is masked as a whole,
 * with its straps and below the chin; a hand or an object as far as the face's edge. In doubt a
 * face is left alone, with an empty mask, and its meta says why: where the networks do not agree
 * that it is a face, where the head is turned by more than max-yaw, where something covers a face
 * of a video that was seen once only, or where what covers it was not asked for. caution says how
 * much certainty is wanted.
 *
 * The metas follow the frame through videoconvert, queue, tee and videorate, and through videoscale
 * to its new size. Elements that cut or turn the picture drop them or leave them stale
 * (videocrop, videobox, videoflip): put those in front of facemask or behind ganinpaint.
 *
 * A sticky event of the name %GST_FACE_MASK_EVENT_NAME says downstream that faces are looked for.
 * Interlaced video is refused, and so is mask=alpha on a format without alpha.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=clip.mkv ! decodebin ! videoconvert ! facemask dilate=3
 *   ! ganinpaint ! videoconvert ! x264enc ! mp4mux ! filesink location=repaired.mp4
 * ]|
 * |[
 * gst-launch-1.0 filesrc location=photo.jpg ! decodebin ! videoconvert ! facemask region=mouth
 *   occlude=gray ! ganinpaint ! videoconvert ! pngenc ! filesink location=repaired.png
 * ]|
 * |[
 * gst-launch-1.0 filesrc location=clip.mkv ! decodebin ! videoconvert ! facemask draw=true
 *   ! videoconvert ! autovideosink
 * ]|
 */
#include <gst/base/gstbasetransform.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "common/arrival.h"
#include "common/element_error.h"
#include "common/elements.h"
#include "common/object_lock.h"
#include "common/processing_time.h"
#include "common/property_table.h"
#include "common/spare_memory.h"
#include "common/video_frame.h"
#include "facemask/face_finder.h"
#include "facemask/face_mask_settings.h"
#include "facemask/face_masking.h"
#include "facemask/face_metas.h"
#include "gstfacemaskmeta.h"

GST_DEBUG_CATEGORY_STATIC(gst_face_mask_debug);
#define GST_CAT_DEFAULT gst_face_mask_debug

namespace {

using namespace ganface;
using gst::FaceMaskSettings;
using gst::Findings;
using gst::MaskKind;

struct State {
  // Guarded by the object lock.
  FaceMaskSettings settings;
  gst::ProcessingTime processing;

  // Of the streaming thread.
  gst::FaceFinder finder;
};

}  // namespace

struct GstFaceMask {
  GstBaseTransform parent;
  State* state;
  inline static gst::PropertyTable<FaceMaskSettings>* properties =
      nullptr;  // lives as long as the class
};

struct GstFaceMaskClass {
  GstBaseTransformClass parent_class;
};

G_DEFINE_TYPE(GstFaceMask, gst_face_mask, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE(facemask, "facemask", GST_RANK_NONE, gst_face_mask_get_type())

#define GST_FACE_MASK(object) (reinterpret_cast<GstFaceMask*>(object))

namespace {

FaceMaskSettings all_settings(GstObject* object, const State& state) {
  const gst::ObjectLock lock(object);
  return state.settings;
}

}  // namespace

static gboolean gst_face_mask_start(GstBaseTransform* base) {
  State& state = *GST_FACE_MASK(base)->state;
  return gst::guard(GST_ELEMENT(base), FALSE, [&]() -> gboolean {
    state.finder.start(all_settings(GST_OBJECT(base), state));
    const gst::ObjectLock lock(base);
    state.processing = {};
    return TRUE;
  });
}

static gboolean gst_face_mask_stop(GstBaseTransform* base) {
  GST_FACE_MASK(base)->state->finder.stop();
  gst::return_spare_memory();
  return TRUE;
}

static gboolean gst_face_mask_set_caps(GstBaseTransform* base, GstCaps* caps, GstCaps*) {
  State& state = *GST_FACE_MASK(base)->state;
  return gst::guard(GST_ELEMENT(base), FALSE, [&]() -> gboolean {
    state.finder.set_info(gst::video_info_of(caps, "facemask"));
    GST_DEBUG_OBJECT(base, "a stream of %s", state.finder.is_video() ? "video" : "pictures");
    return TRUE;
  });
}

static gboolean gst_face_mask_sink_event(GstBaseTransform* base, GstEvent* event) {
  State& state = *GST_FACE_MASK(base)->state;
  const GstEventType type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_FLUSH_STOP) state.finder.forget();
  const gboolean handled =
      GST_BASE_TRANSFORM_CLASS(gst_face_mask_parent_class)->sink_event(base, event);
  if (handled && type == GST_EVENT_SEGMENT)
    gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(base),
                       gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
                                            gst_structure_new_empty(GST_FACE_MASK_EVENT_NAME)));
  return handled;
}

// Properties under a controller follow the stream.
static void gst_face_mask_before_transform(GstBaseTransform* base, GstBuffer* buffer) {
  const GstClockTime time =
      gst_segment_to_stream_time(&base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (GST_CLOCK_TIME_IS_VALID(time)) gst_object_sync_values(GST_OBJECT(base), time);
}

namespace {

// Tells the pipeline when frames take clearly longer, or much less long, than was said.
void measure(GstBaseTransform* base, std::chrono::duration<double, std::milli> taken) {
  State& state = *GST_FACE_MASK(base)->state;
  bool changed = false;
  {
    const gst::ObjectLock lock(base);
    state.processing.add(taken.count());
    changed =
        state.finder.frames() % gst::ProcessingTime::kRenewEach == 0 && state.processing.renew();
  }
  if (changed) gst::post_latency(GST_ELEMENT(base));
}

// Paints over the faces what the settings want to be seen.
void paint(gst::MappedFrame& mapped, const gst::MaskSettings& settings, const Findings& findings) {
  for (size_t i = 0; i < findings.faces.size(); ++i) {
    const TrackedFace& face = findings.faces[i];
    const Image& hole = findings.occlusions[i].hole;
    gst::occlude_face(mapped.frame(), settings, face.transform, hole);
    if (settings.draw) gst::draw_face(mapped.frame(), face.transform, hole, face.id);
  }
}

}  // namespace

static gboolean gst_face_mask_query(GstBaseTransform* base, GstPadDirection direction,
                                    GstQuery* query) {
  if (GST_BASE_TRANSFORM_CLASS(gst_face_mask_parent_class)->query(base, direction, query) == FALSE)
    return FALSE;
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY || direction != GST_PAD_SRC) return TRUE;
  GST_OBJECT_LOCK(base);
  const GstClockTime own = GST_FACE_MASK(base)->state->processing.said();
  GST_OBJECT_UNLOCK(base);
  gst::add_latency(query, own);
  return TRUE;
}

// A frame that nobody paints on is not copied: one that is shared gets metas on a buffer of its
// own, which has the same memory.
static GstFlowReturn gst_face_mask_prepare_output_buffer(GstBaseTransform*, GstBuffer* input,
                                                         GstBuffer** output) {
  *output = gst_buffer_is_writable(input) ? input : gst_buffer_copy(input);
  return GST_FLOW_OK;
}

static GstFlowReturn gst_face_mask_transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  State& state = *GST_FACE_MASK(base)->state;
  return gst::guard(GST_ELEMENT(base), GST_FLOW_ERROR, [&] {
    const FaceMaskSettings settings = all_settings(GST_OBJECT(base), state);
    const auto begin = std::chrono::steady_clock::now();
    gst::note_arrival(buffer);
    const GstVideoInfo& info = state.finder.info();
    Findings findings;
    {
      // Read only: a picture that nobody paints on is not copied.
      gst::MappedFrame mapped(info, buffer, GST_MAP_READ);
      findings = state.finder.find(settings, mapped.frame(), buffer);
    }
    if (settings.mask.paints() && !findings.faces.empty()) {
      gst::MappedFrame mapped(info, buffer, GST_MAP_READWRITE);
      paint(mapped, settings.mask, findings);
    }
    for (size_t i = 0; i < findings.faces.size(); ++i) {
      gst::attach_mask(buffer, findings.faces[i], findings.occlusions[i], settings.mask.feather);
      if (!state.finder.has_regions()) gst::attach_region(buffer, info, findings.faces[i]);
    }
    GST_LOG_OBJECT(base, "frame %" G_GUINT64_FORMAT ": %zu faces", state.finder.frames(),
                   findings.faces.size());
    measure(base, std::chrono::steady_clock::now() - begin);
    return GST_FLOW_OK;
  });
}

// Without mask, the property that only one kind of mask reads says which is meant.
static void gst_face_mask_set_property(GObject* object, guint id, const GValue* value,
                                       GParamSpec* spec) {
  gst::set_property<GstFaceMask>(object, id, value, spec);
  constexpr std::pair<const char*, MaskKind> kImplied[] = {
      {"region", MaskKind::kRegion}, {"location", MaskKind::kImage}, {"color", MaskKind::kColor}};
  GST_OBJECT_LOCK(object);
  FaceMaskSettings& settings = GST_FACE_MASK(object)->state->settings;
  const char* name = g_param_spec_get_name(spec);
  if (std::string_view(name) == "mask") settings.mask_is_set = true;
  for (const auto& [property, kind] : kImplied)
    if (!settings.mask_is_set && std::string_view(name) == property) settings.mask.kind = kind;
  GST_OBJECT_UNLOCK(object);
}

static void gst_face_mask_class_init(GstFaceMaskClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_face_mask_debug, "facemask", 0, "face detector and masker");
  object_class->set_property = gst_face_mask_set_property;
  object_class->get_property = gst::get_property<GstFaceMask>;
  object_class->finalize = gst::finalize<GstFaceMask, &gst_face_mask_parent_class>;
  GST_BASE_TRANSFORM_CLASS(klass)->start = gst_face_mask_start;
  GST_BASE_TRANSFORM_CLASS(klass)->stop = gst_face_mask_stop;
  GST_BASE_TRANSFORM_CLASS(klass)->set_caps = gst_face_mask_set_caps;
  GST_BASE_TRANSFORM_CLASS(klass)->sink_event = gst_face_mask_sink_event;
  GST_BASE_TRANSFORM_CLASS(klass)->before_transform = gst_face_mask_before_transform;
  GST_BASE_TRANSFORM_CLASS(klass)->query = gst_face_mask_query;
  GST_BASE_TRANSFORM_CLASS(klass)->prepare_output_buffer = gst_face_mask_prepare_output_buffer;
  GST_BASE_TRANSFORM_CLASS(klass)->transform_ip = gst_face_mask_transform_ip;

  static gst::PropertyTable<FaceMaskSettings> properties(object_class);
  GstFaceMask::properties = &properties;
  gst::add_face_mask_settings(properties);

  gst_element_class_set_static_metadata(
      element_class, "Face masker", "Filter/Analyzer/Video",
      "Finds faces and attaches to each the mask of what is missing", "ganface");
  gst::add_pad_template(element_class, "sink", GST_PAD_SINK,
                        GST_VIDEO_CAPS_MAKE(GANFACE_VIDEO_FORMATS));
  gst::add_pad_template(element_class, "src", GST_PAD_SRC,
                        GST_VIDEO_CAPS_MAKE(GANFACE_VIDEO_FORMATS));
}

static void gst_face_mask_init(GstFaceMask* self) {
  self->state = gst::or_end([] { return new State; });
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
  // A slow filter must not drop frames: frames in = frames out.
  gst_base_transform_set_qos_enabled(GST_BASE_TRANSFORM(self), FALSE);
}
