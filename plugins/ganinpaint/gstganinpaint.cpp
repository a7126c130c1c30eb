// SPDX-License-Identifier: MIT
// Owns the element ganinpaint: repairs the faces that carry a mask.
/**
 * SECTION:element-ganinpaint
 * @title: ganinpaint
 * @short_description: repairs occluded faces
 * @see_also: facemask
 *
 * Repairs each face for which upstream attached a #GstFaceMaskMeta; in a frame with an alpha
 * channel and without such metas, the transparent part of the frame, which is taken for one face.
 * Pixels outside the hole and its blend band stay byte for byte, and frames without a masked face
 * pass unchanged. Frames in = frames out.
 *
 * A face that cannot be repaired is an error, unless on-error=passthrough, which passes the frame
 * on as it came and posts a warning. Interlaced video is refused.
 *
 * Frames are repaired on a thread of the element's own, batch-size of them together; an incomplete
 * batch leaves batch-timeout after its first frame, and before any event. Under a deadline,
 * completions run on a further thread; one that is not ready in time serves the frames that follow,
 * and a failure of it is one of theirs. With memory=false, a face that is not ready stays as it is.
 * With post-reports=true, each frame is preceded by an element message "ganinpaint-report": number
 * of the frame, pts, whether it was changed, and of each of its faces id, score, box, transform,
 * yaw-degrees (NaN: not known), hole (share of the canonical crop), occluder (names, joined by
 * commas), action (clean, repaired, left-alone, late), why, and the shares of the hole that were
 * seen earlier in the stream, that come from the photograph of the person, and that are invented.
 *
 * The element answers the latency query with what it holds back and the time that a repair takes:
 * the deadline, or what was measured.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=clip.mkv ! decodebin ! videoconvert ! facemask region=mouth
 *   occlude=gray ! ganinpaint ! videoconvert ! x264enc ! mp4mux ! filesink location=repaired.mp4
 * ]|
 * |[
 * gst-launch-1.0 v4l2src ! videoconvert ! facemask mask=color color=0x00ff00 ! ganinpaint
 * deadline=30 ! videoconvert ! autovideosink
 * ]|
 */
#include <ganface/model_path.h>
#include <ganface/repair.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "common/element_error.h"
#include "common/elements.h"
#include "common/face_report.h"
#include "common/object_lock.h"
#include "common/processing_time.h"
#include "common/property_table.h"
#include "common/spare_memory.h"
#include "common/video_frame.h"
#include "ganinpaint/element.h"
#include "ganinpaint/person_photograph.h"
#include "ganinpaint/streaming.h"
#include "gstfacemaskmeta.h"

GST_DEBUG_CATEGORY(gst_gan_inpaint_debug);
#define GST_CAT_DEFAULT gst_gan_inpaint_debug

using namespace ganface;
using gst::Clock;
using gst::InpaintState;
using gst::RepairSettings;

struct GstGanInpaintClass {
  GstElementClass parent_class;
};

G_DEFINE_TYPE(GstGanInpaint, gst_gan_inpaint, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(ganinpaint, "ganinpaint", GST_RANK_NONE, gst_gan_inpaint_get_type())

// The number after those of the properties that are settings.
static guint stats_property = 0;

static void gst_gan_inpaint_set_property(GObject* object, guint id, const GValue* value,
                                         GParamSpec* spec) {
  const auto held = [&] {
    const gst::ObjectLock lock(object);
    const RepairSettings& settings = GST_GAN_INPAINT(object)->state->settings;
    return std::make_tuple(settings.batch_size, settings.batch_timeout_ms, settings.deadline_ms,
                           settings.memory);
  };
  const auto before = held();
  gst::set_property<GstGanInpaint>(object, id, value, spec);
  constexpr std::string_view kOfSearch[] = {"preset", "iterations", "lambda", "learning-rate",
                                            "restarts"};
  const std::string_view name = g_param_spec_get_name(spec);
  if (std::find(std::begin(kOfSearch), std::end(kOfSearch), name) != std::end(kOfSearch)) {
    GST_OBJECT_LOCK(object);
    GST_GAN_INPAINT(object)->state->settings.search_is_set = true;
    GST_OBJECT_UNLOCK(object);
  }
  if (held() != before) gst::post_latency(GST_ELEMENT(object));
}

static void gst_gan_inpaint_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
  if (id != stats_property) return gst::get_property<GstGanInpaint>(object, id, value, spec);
  gst::guard(GST_ELEMENT(object), false, [&] {
    g_value_take_boxed(value, gst::statistics_of(GST_GAN_INPAINT(object)).to_structure());
    return true;
  });
}

// ---- Pads ---------------------------------------------------------------------------------------

static GstFlowReturn gst_gan_inpaint_chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  auto* self = GST_GAN_INPAINT(parent);
  // Nothing else says what the bytes of a frame are.
  if (!gst_pad_has_current_caps(pad)) {
    gst_buffer_unref(buffer);
    GST_ELEMENT_ERROR(
        self, CORE, NEGOTIATION,
        ("ganinpaint: a frame came before any caps; expected caps of raw video first"), (nullptr));
    return GST_FLOW_NOT_NEGOTIATED;
  }
  InpaintState& state = gst::state_of(self);
  return gst::guard(GST_ELEMENT(self), GST_FLOW_ERROR, [&]() -> GstFlowReturn {
    return state.queue.push_frame(buffer, gst::batch_size_of(self)) ? GST_FLOW_OK
                                                                    : state.flow.load();
  });
}

// With a flow as its result: upstream sends a sticky event that was not taken again with its next
// frame, and must then hear that the element stops, not that something went wrong.
static GstFlowReturn take_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  auto* self = GST_GAN_INPAINT(parent);
  InpaintState& state = gst::state_of(self);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START: {
      gst_pad_push_event(self->source, event);
      gst::interrupt(self);
      gst_pad_pause_task(self->source);
      return GST_FLOW_OK;
    }
    case GST_EVENT_FLUSH_STOP: {
      // One may come without a start: the streaming thread has to be done with what is forgotten.
      gst::interrupt(self);
      gst_pad_pause_task(self->source);
      gst_pad_push_event(self->source, event);
      state.queue.flush();
      if (state.repairer != nullptr) state.repairer->forget();
      gst_segment_init(&state.segment, GST_FORMAT_TIME);
      GST_OBJECT_LOCK(self);
      state.earliest = GST_CLOCK_TIME_NONE;
      GST_OBJECT_UNLOCK(self);
      gst::resume(self);
      return GST_FLOW_OK;
    }
    case GST_EVENT_CAPS: {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event, &caps);
      const bool fits = gst::guard(GST_ELEMENT(self), false, [&] {
        gst::video_info_of(caps, "ganinpaint");
        return true;
      });
      if (!fits) {
        gst_event_unref(event);
        return GST_FLOW_NOT_NEGOTIATED;
      }
      break;
    }
    case GST_EVENT_STREAM_START:
    case GST_EVENT_SEGMENT:
      // A stream after the last one's end. The thread that saw the end may not have stopped yet.
      if (state.flow == GST_FLOW_EOS) {
        gst_pad_pause_task(self->source);
        state.queue.flush();
        gst::resume(self);
      }
      break;
    case GST_EVENT_EOS:
      // The streaming thread stops after it has set the flow and before it reads this, or sees it.
      state.ended = true;
      gst::tell_end(self);
      break;
    default:
      break;
  }
  if (!GST_EVENT_IS_SERIALIZED(event))
    return gst_pad_event_default(pad, parent, event) != FALSE ? GST_FLOW_OK : GST_FLOW_ERROR;
  if (state.queue.push_event(event)) return GST_FLOW_OK;
  const GstFlowReturn flow = state.flow;
  return flow == GST_FLOW_OK ? GST_FLOW_FLUSHING : flow;  // the flush has just ended
}

static GstFlowReturn gst_gan_inpaint_sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gst::guard(GST_ELEMENT(parent), GST_FLOW_ERROR,
                    [&] { return take_event(pad, parent, event); });
}

static gboolean gst_gan_inpaint_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (!GST_QUERY_IS_SERIALIZED(query)) return gst_pad_query_default(pad, parent, query);
  return gst::guard(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    return GST_GAN_INPAINT(parent)->state->queue.push_query(query);
  });
}

static gboolean gst_gan_inpaint_source_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) {
    GstClockTimeDiff jitter = 0;
    GstClockTime time = GST_CLOCK_TIME_NONE;
    gst_event_parse_qos(event, nullptr, nullptr, &jitter, &time);
    gst::set_earliest(GST_GAN_INPAINT(parent), time, jitter);
  }
  return gst_pad_event_default(pad, parent, event);
}

static gboolean gst_gan_inpaint_source_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  auto* self = GST_GAN_INPAINT(parent);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  if (!gst_pad_peer_query(self->sink, query)) return FALSE;
  InpaintState& state = gst::state_of(self);
  gboolean live = FALSE;
  gst_query_parse_latency(query, &live, nullptr, nullptr);
  state.live = live != FALSE;
  GST_OBJECT_LOCK(self);
  const RepairSettings& settings = state.settings;
  const GstClockTime timeout = settings.batch_timeout_ms * GST_MSECOND;
  const GstClockTime filling = (settings.batch_size - 1) * state.frame_duration;
  const GstClockTime held = settings.batch_size == 1    ? 0
                            : state.frame_duration == 0 ? timeout
                                                        : std::min(timeout, filling);
  const GstClockTime processing =
      settings.time_limit(live != FALSE, state.method, state.frame_duration)
          .value_or(state.statistics.processing.said());
  GST_OBJECT_UNLOCK(self);
  gst::add_latency(query, held + processing);
  return TRUE;
}

static gboolean gst_gan_inpaint_activate_sink(GstPad* pad, GstObject* parent, GstPadMode mode,
                                              gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  auto* self = GST_GAN_INPAINT(parent);
  if (active) return TRUE;
  gst::interrupt(self);
  GST_PAD_STREAM_LOCK(pad);
  self->state->queue.clear();
  GST_PAD_STREAM_UNLOCK(pad);
  return TRUE;
}

static gboolean gst_gan_inpaint_activate_source(GstPad* pad, GstObject* parent, GstPadMode mode,
                                                gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  auto* self = GST_GAN_INPAINT(parent);
  if (active) {
    gst::resume(self);
    return TRUE;
  }
  gst::interrupt(self);
  return gst_pad_stop_task(pad);
}

static GstStateChangeReturn gst_gan_inpaint_change_state(GstElement* element,
                                                         GstStateChange transition) {
  auto* self = GST_GAN_INPAINT(element);
  InpaintState& state = gst::state_of(self);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    const bool ready = gst::guard(element, false, [&] {
      const RepairSettings settings = state.started = gst::settings_of(self);
      settings.repair_options();  // refuses values out of range before the first frame
      state.photograph = {};
      gst::renew_repairer(state, settings);
      if (!settings.photograph.empty()) {
        state.photograph = gst::person_of_photograph(settings.photograph);
        state.repairer->show_person(state.photograph);
      }
      return true;
    });
    if (!ready) return GST_STATE_CHANGE_FAILURE;
    gst_video_info_init(&state.info);
    gst_segment_init(&state.segment, GST_FORMAT_TIME);
    state.posted = Clock::now();
    GST_OBJECT_LOCK(self);
    state.statistics = {};
    state.frame_duration = 0;
    state.earliest = GST_CLOCK_TIME_NONE;
    GST_OBJECT_UNLOCK(self);
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_gan_inpaint_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    state.repairer.reset();
    gst::return_spare_memory();
  }
  return result;
}

static void gst_gan_inpaint_class_init(GstGanInpaintClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_gan_inpaint_debug, "ganinpaint", 0, "face repair");
  object_class->set_property = gst_gan_inpaint_set_property;
  object_class->get_property = gst_gan_inpaint_get_property;
  object_class->finalize = gst::finalize<GstGanInpaint, &gst_gan_inpaint_parent_class>;
  element_class->change_state = gst_gan_inpaint_change_state;

  static gst::PropertyTable<gst::RepairSettings> properties(object_class);
  GstGanInpaint::properties = &properties;
  gst::add_repair_settings(properties);
  stats_property = properties.size() + 1;
  g_object_class_install_property(
      object_class, stats_property,
      g_param_spec_boxed("stats", "Statistics",
                         "Frames, faces, iterations, losses, latency percentiles in milliseconds",
                         GST_TYPE_STRUCTURE,
                         static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));

  gst_element_class_set_static_metadata(element_class, "Face inpainter", "Filter/Effect/Video",
                                        "Repairs occluded faces with a GAN", "ganface");
  gst::add_pad_template(element_class, "sink", GST_PAD_SINK,
                        GST_VIDEO_CAPS_MAKE(GANFACE_VIDEO_FORMATS));
  gst::add_pad_template(element_class, "src", GST_PAD_SRC,
                        GST_VIDEO_CAPS_MAKE(GANFACE_VIDEO_FORMATS));
}

static void gst_gan_inpaint_init(GstGanInpaint* self) {
  self->state = gst::or_end([] { return new InpaintState; });
  gst_video_info_init(&self->state->info);
  gst_segment_init(&self->state->segment, GST_FORMAT_TIME);
  auto* element_class = GST_ELEMENT_GET_CLASS(self);
  self->sink =
      gst_pad_new_from_template(gst_element_class_get_pad_template(element_class, "sink"), "sink");
  gst_pad_set_chain_function(self->sink, gst_gan_inpaint_chain);
  gst_pad_set_event_full_function(self->sink, gst_gan_inpaint_sink_event);
  gst_pad_set_query_function(self->sink, gst_gan_inpaint_sink_query);
  gst_pad_set_activatemode_function(self->sink, gst_gan_inpaint_activate_sink);
  GST_PAD_SET_PROXY_CAPS(self->sink);
  gst_element_add_pad(GST_ELEMENT(self), self->sink);
  self->source =
      gst_pad_new_from_template(gst_element_class_get_pad_template(element_class, "src"), "src");
  gst_pad_set_event_function(self->source, gst_gan_inpaint_source_event);
  gst_pad_set_query_function(self->source, gst_gan_inpaint_source_query);
  gst_pad_set_activatemode_function(self->source, gst_gan_inpaint_activate_source);
  GST_PAD_SET_PROXY_CAPS(self->source);
  gst_element_add_pad(GST_ELEMENT(self), self->source);
}
