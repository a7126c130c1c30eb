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
#include <ganface/face_tracker.h>
#include <ganface/holes.h>
#include <ganface/occlusion.h>
#include <gst/base/gstbasetransform.h>
#include <gst/video/gstvideometa.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string_view>

#include "common/arrival.h"
#include "common/element_error.h"
#include "common/elements.h"
#include "common/face_report.h"
#include "common/image_decoder.h"
#include "common/object_lock.h"
#include "common/processing_time.h"
#include "common/property_table.h"
#include "common/spare_memory.h"
#include "common/video_frame.h"
#include "facemask/face_mask_settings.h"
#include "facemask/face_masking.h"
#include "facemask/region_ids.h"
#include "gstfacemaskmeta.h"

GST_DEBUG_CATEGORY_STATIC(gst_face_mask_debug);
#define GST_CAT_DEFAULT gst_face_mask_debug

namespace {

using namespace ganface;
using gst::FaceMaskSettings;
using gst::FaceSource;
using gst::kMaskSize;
using gst::MaskKind;
using gst::Occlusion;

// Frames a second from which a stream is no series of photographs; one without a rate is.
constexpr int kVideo = 5;

// Without a rate, time stamps nearer than this tell that a stream is one.
constexpr GstClockTime kNextFrame = GST_SECOND / kVideo;

struct State {
  // Guarded by the object lock.
  FaceMaskSettings settings;
  gst::ProcessingTime processing;

  // Of the streaming thread.
  FaceMaskSettings started;  // what holds until the next start
  GstVideoInfo info{};
  std::optional<FaceTracker> tracker;
  std::optional<OcclusionTracker> occlusion;
  gst::RegionIds region_ids;  // of faces that come as regions of interest
  uint64_t frames = 0;
  GstClockTime last_time = GST_CLOCK_TIME_NONE;
  bool is_timed = false;  // frames follow one another as those of a video do
  std::optional<Image> mask_image;

  bool is_video() const {
    const int fps_n = GST_VIDEO_INFO_FPS_N(&info), fps_d = GST_VIDEO_INFO_FPS_D(&info);
    return fps_n > 0 ? fps_n >= kVideo * fps_d : is_timed;
  }

  void take_time(GstClockTime time) {
    is_timed = is_timed || (GST_CLOCK_TIME_IS_VALID(time) && GST_CLOCK_TIME_IS_VALID(last_time) &&
                            time > last_time && time - last_time <= kNextFrame);
    last_time = time;
  }

  // Where faces stood says nothing any more; the next frame is searched.
  void forget_faces() {
    if (tracker) tracker->reset(is_video());
    if (occlusion) occlusion->reset();
    region_ids.reset();
    frames = 0;
    last_time = GST_CLOCK_TIME_NONE;
    is_timed = false;
  }
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
    const FaceMaskSettings settings = state.started = all_settings(GST_OBJECT(base), state);
    state.mask_image.reset();
    if (settings.mask.kind == MaskKind::kImage) {
      if (settings.mask.location.empty())
        throw Error(ErrorCode::kUsage, "facemask: mask=image needs the property location");
      state.mask_image = gst::decode_image(settings.mask.location);
    }
    state.tracker.reset();
    state.occlusion.reset();
    if (settings.face_source == FaceSource::kDetect) {
      DetectorOptions options = settings.detector;
      options.lone_face =
          settings.mask.kind == MaskKind::kAuto && settings.occlusion.caution != Caution::kNone;
      state.tracker.emplace(options);
    }
    if (settings.mask.kind == MaskKind::kAuto) state.occlusion.emplace();
    {
      const gst::ObjectLock lock(base);
      state.processing = {};
    }
    state.forget_faces();
    return TRUE;
  });
}

static gboolean gst_face_mask_stop(GstBaseTransform* base) {
  State& state = *GST_FACE_MASK(base)->state;
  state.tracker.reset();
  state.occlusion.reset();
  gst::return_spare_memory();
  return TRUE;
}

static gboolean gst_face_mask_set_caps(GstBaseTransform* base, GstCaps* caps, GstCaps*) {
  State& state = *GST_FACE_MASK(base)->state;
  return gst::guard(GST_ELEMENT(base), FALSE, [&]() -> gboolean {
    state.info = gst::video_info_of(caps, "facemask");
    if (state.started.mask.kind == MaskKind::kAlpha && !GST_VIDEO_INFO_HAS_ALPHA(&state.info))
      throw Error(ErrorCode::kInput,
                  std::string("facemask: mask=alpha needs RGBA or BGRA video, got ") +
                      gst_video_format_to_string(GST_VIDEO_INFO_FORMAT(&state.info)));
    // A live stream's first frames have no time for what networks do when they first run.
    if (state.tracker) state.tracker->warm_up(state.info.width, state.info.height);
    if (state.occlusion) state.occlusion->warm_up();
    state.forget_faces();
    GST_DEBUG_OBJECT(base, "a stream of %s", state.is_video() ? "video" : "pictures");
    return TRUE;
  });
}

static gboolean gst_face_mask_sink_event(GstBaseTransform* base, GstEvent* event) {
  State& state = *GST_FACE_MASK(base)->state;
  const GstEventType type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_FLUSH_STOP) state.forget_faces();
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

// The settings, but for those that were set while the element runs and wait for its next start.
FaceMaskSettings current_settings(GstObject* object, const State& state) {
  FaceMaskSettings settings = all_settings(object, state);
  settings.face_source = state.started.face_source;
  settings.mask.kind = state.started.mask.kind;
  settings.mask.location = state.started.mask.location;
  settings.detector = state.started.detector;
  return settings;
}

std::vector<TrackedFace> faces_of_regions(State& state, const FaceMaskSettings& settings,
                                          GstBuffer* buffer) {
  std::vector<TrackedFace> faces;
  gpointer iterator = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(
             buffer, &iterator, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    const auto* roi = reinterpret_cast<GstVideoRegionOfInterestMeta*>(meta);
    if (roi->roi_type != g_quark_from_static_string("face") || roi->w == 0 || roi->h == 0) continue;
    faces.push_back({0, transform_of_box(roi->x, roi->y, roi->w, roi->h), 1.0});
  }
  std::stable_sort(faces.begin(), faces.end(), [](const TrackedFace& a, const TrackedFace& b) {
    return a.transform[0] * a.transform[4] < b.transform[0] * b.transform[4];
  });
  faces.resize(std::min(faces.size(), static_cast<size_t>(settings.detector.max_faces)));
  state.region_ids.number(faces);
  return faces;
}

// The library's words in the meta's.
GstFaceMaskOccluders occluders_of(OccluderKinds kinds) {
  static_assert(GST_FACE_MASK_OCCLUDER_HAND == bit_of(OccluderKind::kHand) &&
                GST_FACE_MASK_OCCLUDER_OBJECT == bit_of(OccluderKind::kObject) &&
                GST_FACE_MASK_OCCLUDER_MEDICAL_MASK == bit_of(OccluderKind::kMedicalMask) &&
                GST_FACE_MASK_OCCLUDER_MARK == bit_of(OccluderKind::kMark) &&
                GST_FACE_MASK_OCCLUDER_SUNGLASSES == bit_of(OccluderKind::kSunglasses));
  return static_cast<GstFaceMaskOccluders>(kinds);
}

GstFaceMaskVerdict verdict_of(OcclusionVerdict verdict) {
  switch (verdict) {
    case OcclusionVerdict::kTurned:
      return GST_FACE_MASK_VERDICT_TURNED;
    case OcclusionVerdict::kUncertain:
      return GST_FACE_MASK_VERDICT_UNCERTAIN;
    case OcclusionVerdict::kNew:
      return GST_FACE_MASK_VERDICT_NEW;
    case OcclusionVerdict::kNotAsked:
      return GST_FACE_MASK_VERDICT_NOT_ASKED;
    case OcclusionVerdict::kClear:
      break;
  }
  return GST_FACE_MASK_VERDICT_CLEAR;
}

// The frame's faces, and of each what is missing.
struct Findings {
  std::vector<TrackedFace> faces;
  std::vector<FaceOcclusion> occlusions;
};

// What the detector alone would not have taken for a face is one if something covers it.
void drop_unconfirmed(Findings& findings) {
  for (size_t i = findings.faces.size(); i-- > 0;) {
    if (!findings.faces[i].is_unconfirmed || !is_empty(findings.occlusions[i].hole)) continue;
    findings.faces.erase(findings.faces.begin() + static_cast<std::ptrdiff_t>(i));
    findings.occlusions.erase(findings.occlusions.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Findings look_at(State& state, const FaceMaskSettings& settings, const FrameView& frame,
                 GstBuffer* buffer) {
  Findings findings;
  if (settings.face_source == FaceSource::kFrame) {
    findings.faces = {{0, transform_of_box(0, 0, frame.width, frame.height), 1.0}};
  } else if (settings.face_source == FaceSource::kRoi) {
    findings.faces = faces_of_regions(state, settings, buffer);
  } else {
    // Of photographs each is another.
    findings.faces =
        state.tracker->track(frame, state.is_video() ? settings.inference_interval : 1);
  }
  ++state.frames;
  if (settings.mask.kind == MaskKind::kAuto) {
    findings.occlusions =
        state.occlusion->track(frame, findings.faces, settings.occlusion, state.is_video());
    for (FaceOcclusion& occlusion : findings.occlusions)
      occlusion.hole = gst::grown(settings.mask, occlusion.hole);
    drop_unconfirmed(findings);
    return findings;
  }
  for (const TrackedFace& face : findings.faces) {
    FaceOcclusion occlusion;
    occlusion.hole = hole_of_face(settings.mask, state.mask_image, frame, face.transform);
    occlusion.yaw = std::nan("");  // nobody looked
    findings.occlusions.push_back(std::move(occlusion));
  }
  return findings;
}

// Tells the pipeline when frames take clearly longer, or much less long, than was said.
void measure(GstBaseTransform* base, std::chrono::duration<double, std::milli> taken) {
  State& state = *GST_FACE_MASK(base)->state;
  bool changed = false;
  {
    const gst::ObjectLock lock(base);
    state.processing.add(taken.count());
    changed = state.frames % gst::ProcessingTime::kRenewEach == 0 && state.processing.renew();
  }
  if (changed) gst::post_latency(GST_ELEMENT(base));
}

// The axis-parallel box around the canonical crop, cut to the frame.
void attach_region(GstBuffer* buffer, const GstVideoInfo& info, const CanonicalTransform& t,
                   unsigned id) {
  const int width = GST_VIDEO_INFO_WIDTH(&info), height = GST_VIDEO_INFO_HEIGHT(&info);
  const auto [left, top, box_width, box_height] = gst::box_of(t);
  const auto clamp = [](double value, int most) {
    return static_cast<guint>(std::clamp(std::lround(value), 0L, long{most}));
  };
  const guint x = clamp(left, width), y = clamp(top, height);
  GstVideoRegionOfInterestMeta* roi = gst_buffer_add_video_region_of_interest_meta(
      buffer, "face", x, y, clamp(left + box_width, width) - x,
      clamp(top + box_height, height) - y);
  roi->id = static_cast<gint>(id);
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
    const FaceMaskSettings settings = current_settings(GST_OBJECT(base), state);
    const auto begin = std::chrono::steady_clock::now();
    gst::note_arrival(buffer);
    state.take_time(GST_BUFFER_PTS(buffer));
    Findings findings;
    {
      // Read only: a picture that nobody paints on is not copied.
      gst::MappedFrame mapped(state.info, buffer, GST_MAP_READ);
      findings = look_at(state, settings, mapped.frame(), buffer);
    }
    if (settings.mask.paints() && !findings.faces.empty()) {
      gst::MappedFrame mapped(state.info, buffer, GST_MAP_READWRITE);
      for (size_t i = 0; i < findings.faces.size(); ++i) {
        const TrackedFace& face = findings.faces[i];
        gst::occlude_face(mapped.frame(), settings.mask, face.transform,
                          findings.occlusions[i].hole);
        if (settings.mask.draw)
          gst::draw_face(mapped.frame(), face.transform, findings.occlusions[i].hole, face.id);
      }
    }
    for (size_t i = 0; i < findings.faces.size(); ++i) {
      const TrackedFace& face = findings.faces[i];
      const FaceOcclusion& occlusion = findings.occlusions[i];
      const Image soft = gst::feathered(occlusion.hole, settings.mask.feather);
      GBytes* mask = g_bytes_new(soft.pixels.data(), soft.pixels.size());
      GstFaceMaskMeta* meta = gst_buffer_add_face_mask_meta(buffer, face.id, face.score,
                                                            face.transform.data(), kMaskSize, mask);
      g_bytes_unref(mask);
      meta->occluders = occluders_of(occlusion.kinds);
      meta->verdict = verdict_of(occlusion.verdict);
      meta->yaw = occlusion.yaw;
      if (settings.face_source != FaceSource::kRoi)
        attach_region(buffer, state.info, face.transform, face.id);
    }
    GST_LOG_OBJECT(base, "frame %" G_GUINT64_FORMAT ": %zu faces", state.frames,
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
  gst_video_info_init(&self->state->info);
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
  // A slow filter must not drop frames: frames in = frames out.
  gst_base_transform_set_qos_enabled(GST_BASE_TRANSFORM(self), FALSE);
}
