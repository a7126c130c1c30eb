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
#include "ganinpaint/frame_queue.h"
#include "ganinpaint/frame_repairer.h"
#include "ganinpaint/person_photograph.h"
#include "ganinpaint/repair_settings.h"
#include "ganinpaint/repair_statistics.h"
#include "gstfacemaskmeta.h"

GST_DEBUG_CATEGORY_STATIC(gst_gan_inpaint_debug);
#define GST_CAT_DEFAULT gst_gan_inpaint_debug

namespace {

using namespace ganface;
using gst::RepairSettings;
using Clock = std::chrono::steady_clock;

constexpr auto kMessageInterval = std::chrono::seconds(1);

struct State {
  // Guarded by the object lock.
  RepairSettings settings;
  gst::RepairStatistics statistics;
  GstClockTime frame_duration = 0;
  GstClockTime earliest = GST_CLOCK_TIME_NONE;  // running time: frames before it come too late

  gst::FrameQueue queue;
  std::atomic<GstFlowReturn> flow{GST_FLOW_FLUSHING};
  std::atomic<bool> ended{false};  // EOS has come in: nobody asks for the flow any more
  std::atomic<bool> told{false};   // downstream, of the end after a flow that was not OK
  std::atomic<bool> live{false};   // what comes in will not wait, as a latency query has shown
  std::atomic<RepairMethod> method{RepairMethod::kLatent};  // of the repairer

  // Of the streaming thread.
  std::unique_ptr<gst::FrameRepairer> repairer;
  RepairSettings started;  // what holds until the next start
  Image photograph;        // of the person, its canonical crop; empty without one
  GstVideoInfo info;
  GstSegment segment;
  Clock::time_point posted;
  bool discontinuous = false;  // a frame was dropped before the next one
};

}  // namespace

struct GstGanInpaint {
  GstElement parent;
  GstPad* sink;
  GstPad* source;
  State* state;
  inline static gst::PropertyTable<gst::RepairSettings>* properties =
      nullptr;  // lives as long as the class
};

struct GstGanInpaintClass {
  GstElementClass parent_class;
};

G_DEFINE_TYPE(GstGanInpaint, gst_gan_inpaint, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(ganinpaint, "ganinpaint", GST_RANK_NONE, gst_gan_inpaint_get_type())

#define GST_GAN_INPAINT(object) (reinterpret_cast<GstGanInpaint*>(object))

// The number after those of the properties that are settings.
static guint stats_property = 0;

namespace {

State& state_of(GstGanInpaint* self) { return *self->state; }

RepairSettings settings_of(GstGanInpaint* self) {
  const gst::ObjectLock lock(self);
  return self->state->settings;
}

gst::RepairStatistics statistics_of(GstGanInpaint* self) {
  const gst::ObjectLock lock(self);
  return self->state->statistics;
}

// Copies nothing, so that it cannot fail.
guint batch_size_of(GstGanInpaint* self) {
  const gst::ObjectLock lock(self);
  return self->state->settings.batch_size;
}

}  // namespace

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
    g_value_take_boxed(value, statistics_of(GST_GAN_INPAINT(object)).to_structure());
    return true;
  });
}

namespace {

// ---- The streaming thread -----------------------------------------------------------------------

void post_statistics(GstGanInpaint* self) {
  self->state->posted = Clock::now();
  gst_element_post_message(
      GST_ELEMENT(self),
      gst_message_new_element(GST_OBJECT(self), statistics_of(self).to_structure()));
}

// Drops the frames that downstream would drop for being late.
void drop_late_frames(GstGanInpaint* self, std::vector<GstBuffer*>& frames) {
  State& state = state_of(self);
  GST_OBJECT_LOCK(self);
  const GstClockTime earliest = state.earliest;
  GST_OBJECT_UNLOCK(self);
  if (!GST_CLOCK_TIME_IS_VALID(earliest)) return;
  const auto late = std::stable_partition(frames.begin(), frames.end(), [&](GstBuffer* frame) {
    const GstClockTime time =
        gst_segment_to_running_time(&state.segment, GST_FORMAT_TIME, GST_BUFFER_PTS(frame));
    return !GST_CLOCK_TIME_IS_VALID(time) || time >= earliest;
  });
  for (auto frame = late; frame != frames.end(); ++frame) {
    GST_OBJECT_LOCK(self);
    const guint64 passed = state.statistics.frames, dropped = ++state.statistics.dropped;
    GST_OBJECT_UNLOCK(self);
    GstMessage* message = gst_message_new_qos(
        GST_OBJECT(self), FALSE, GST_CLOCK_TIME_NONE,
        gst_segment_to_stream_time(&state.segment, GST_FORMAT_TIME, GST_BUFFER_PTS(*frame)),
        GST_BUFFER_PTS(*frame), GST_BUFFER_DURATION(*frame));
    gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, passed, dropped);
    gst_element_post_message(GST_ELEMENT(self), message);
    gst_buffer_unref(*frame);
    state.discontinuous = true;
  }
  frames.erase(late, frames.end());
}

// Adds a batch to the statistics, which the application reads at any time.
void count_frames(GstGanInpaint* self, const std::vector<gst::FrameReport>& reports,
                  const RepairCounts& counts, bool late, bool failed,
                  std::chrono::duration<double, std::milli> taken) {
  const size_t frames = reports.size();
  {
    const gst::ObjectLock lock(self);
    gst::RepairStatistics& statistics = self->state->statistics;
    statistics.add(counts);
    statistics.add(reports);
    if (late) statistics.deadlines_missed += frames;
    if (failed) statistics.failed += frames;
    for (size_t i = 0; i < frames; ++i) statistics.processing.add(taken.count());
    statistics.frames += frames;
  }
  GST_LOG_OBJECT(self,
                 "%zu frames, %" G_GUINT64_FORMAT " faces repaired, %" G_GUINT64_FORMAT
                 " not ready, in %.1f ms",
                 frames, counts.faces, counts.skipped, taken.count());
}

// Posts what became of each frame, of which the first is the stream's frame `number`.
void post_reports(GstGanInpaint* self, const std::vector<gst::FrameReport>& reports,
                  guint64 number) {
  for (const gst::FrameReport& report : reports)
    gst_element_post_message(
        GST_ELEMENT(self),
        gst_message_new_element(GST_OBJECT(self), gst::to_structure(report, number++)));
}

// Repairs the frames in place, as the settings say of errors and deadlines.
GstFlowReturn repair_frames(GstGanInpaint* self, const RepairSettings& settings,
                            std::vector<GstBuffer*>& frames,
                            std::vector<gst::FrameReport>& reports) {
  State& state = state_of(self);
  const auto begin = Clock::now();
  RepairCounts counts;
  bool late = false, failed = false;
  RepairRun run;
  run.options = settings.repair_options();
  run.remember = settings.memory;
  if (const auto limit =
          settings.time_limit(state.live, state.repairer->method(), state.frame_duration))
    run.deadline = begin + std::chrono::nanoseconds(*limit);
  // By default the first sight of a covered face may take what a frame lasts.
  if (settings.deadline_ms < 0 && run.deadline)
    run.patience = std::chrono::nanoseconds(state.frame_duration) - (*run.deadline - begin);
  run.options.test_time_augmentation = !run.deadline && !state.live;
  run.stop = [&] {
    late = run.deadline && Clock::now() >= *run.deadline;
    return late || state.queue.flushing();
  };
  GstFlowReturn flow = GST_FLOW_OK;
  const auto repair = [&] {
    counts = state.repairer->repair(state.info, frames, run, reports);
    return GST_FLOW_OK;
  };
  if (settings.on_error == gst::OnError::kFail) {
    flow = gst::guard(GST_ELEMENT(self), GST_FLOW_ERROR, repair);
  } else {
    try {
      repair();
    } catch (const std::exception& error) {
      failed = true;
      GST_ELEMENT_WARNING(self, STREAM, FAILED, ("frame passed on unrepaired: %s", error.what()),
                          (nullptr));
    }
  }
  count_frames(self, reports, counts, late || counts.skipped > 0, failed, Clock::now() - begin);
  return flow;
}

// Throws as FrameRepairer's constructor, and Error(kUsage) for a model of another method.
void renew_repairer(State& state, const RepairSettings& settings) {
  auto repairer = std::make_unique<gst::FrameRepairer>(settings.model_name(), settings.device);
  settings.check_method(repairer->method());
  repairer->show_person(state.photograph);
  state.method = repairer->method();
  state.repairer = std::move(repairer);
}

// Tells the pipeline when repairs take clearly longer, or much less long, than was said.
void measure_processing(GstGanInpaint* self) {
  State& state = state_of(self);
  bool changed = false;
  {
    const gst::ObjectLock lock(self);
    changed = state.statistics.processing.renew();
  }
  if (changed) gst::post_latency(GST_ELEMENT(self));
}

GstFlowReturn push_frames(GstGanInpaint* self, std::vector<GstBuffer*>& frames) {
  State& state = state_of(self);
  const GstClockTime first = GST_BUFFER_PTS(frames.front());
  const GstClockTime stream_time =
      gst_segment_to_stream_time(&state.segment, GST_FORMAT_TIME, first);
  if (GST_CLOCK_TIME_IS_VALID(stream_time)) gst_object_sync_values(GST_OBJECT(self), stream_time);
  RepairSettings settings = settings_of(self);
  settings.method = state.started.method;
  settings.preset = state.started.preset;
  if (settings.qos) drop_late_frames(self, frames);
  if (frames.empty()) return GST_FLOW_OK;
  GST_OBJECT_LOCK(self);
  const guint64 frames_before = state.statistics.frames;
  GST_OBJECT_UNLOCK(self);
  std::vector<gst::FrameReport> reports;
  GstFlowReturn flow = repair_frames(self, settings, frames, reports);
  if (flow == GST_FLOW_OK && settings.post_reports) post_reports(self, reports, frames_before);
  for (GstBuffer*& frame : frames) {
    if (flow != GST_FLOW_OK) {
      gst_buffer_unref(frame);
      continue;
    }
    if (state.discontinuous) {
      frame = gst_buffer_make_writable(frame);
      GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_DISCONT);
      state.discontinuous = false;
    }
    flow = gst_pad_push(self->source, frame);
  }
  constexpr guint64 kEach = gst::ProcessingTime::kRenewEach;
  if ((frames_before + frames.size()) / kEach != frames_before / kEach) measure_processing(self);
  if (settings.post_messages && Clock::now() >= state.posted + kMessageInterval)
    post_statistics(self);
  return flow;
}

// Takes note of an event in its turn, then passes it on.
GstFlowReturn push_event(GstGanInpaint* self, GstEvent* event) {
  State& state = state_of(self);
  GstFlowReturn flow = GST_FLOW_OK;
  if (GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START) {
    flow = gst::guard(GST_ELEMENT(self), GST_FLOW_ERROR, [&] {
      const RepairSettings settings = settings_of(self);
      // Another stream: nothing of the last one is kept but the model, where it stays the same.
      renew_repairer(state, settings);
      return GST_FLOW_OK;
    });
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    gst_video_info_from_caps(&state.info, caps);
    const GstClockTime duration =
        GST_VIDEO_INFO_FPS_N(&state.info) > 0
            ? gst_util_uint64_scale_int(GST_SECOND, GST_VIDEO_INFO_FPS_D(&state.info),
                                        GST_VIDEO_INFO_FPS_N(&state.info))
            : 0;
    GST_OBJECT_LOCK(self);
    const bool changed = std::exchange(state.frame_duration, duration) != duration;
    const bool counts = state.live || state.settings.batch_size > 1;  // in the latency
    GST_OBJECT_UNLOCK(self);
    if (changed && counts) gst::post_latency(GST_ELEMENT(self));
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) {
    gst_event_copy_segment(event, &state.segment);
  } else if (gst_event_has_name(event, GST_FACE_MASK_EVENT_NAME)) {
    state.repairer->announce_masks();
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS && settings_of(self).post_messages) {
    post_statistics(self);
  }
  gst_pad_push_event(self->source, event);
  return flow;
}

// An allocation pool must have room for what is held here.
void add_held_buffers(GstGanInpaint* self, GstQuery* query) {
  const guint held = 2 * batch_size_of(self);
  for (guint i = 0; i < gst_query_get_n_allocation_pools(query); ++i) {
    GstBufferPool* pool = nullptr;
    guint size = 0, least = 0, most = 0;
    gst_query_parse_nth_allocation_pool(query, i, &pool, &size, &least, &most);
    if (most > 0) most += held;
    gst_query_set_nth_allocation_pool(query, i, pool, size, least + held, most);
    if (pool != nullptr) gst_object_unref(pool);
  }
}

// After EOS has come in and the streaming thread has stopped: nothing goes through the queue any
// more, and downstream still waits for the end.
void tell_end(GstGanInpaint* self) {
  State& state = state_of(self);
  const GstFlowReturn flow = state.flow;
  const bool stopped = flow == GST_FLOW_NOT_LINKED || flow <= GST_FLOW_EOS;
  if (!stopped || state.told.exchange(true)) return;
  if (flow != GST_FLOW_EOS && flow != GST_FLOW_ERROR) GST_ELEMENT_FLOW_ERROR(self, flow);
  gst_pad_push_event(self->source, gst_event_new_eos());
}

GstFlowReturn take_and_push(GstGanInpaint* self) {
  State& state = state_of(self);
  const RepairSettings settings = settings_of(self);
  gst::FrameQueue::Batch batch =
      state.queue.take(settings.batch_size, std::chrono::milliseconds(settings.batch_timeout_ms));
  if (batch.query != nullptr) {
    const bool answer = gst_pad_peer_query(self->source, batch.query) != FALSE;
    if (answer && GST_QUERY_TYPE(batch.query) == GST_QUERY_ALLOCATION)
      add_held_buffers(self, batch.query);
    state.queue.answered(answer);
    return GST_FLOW_OK;
  }
  if (batch.event != nullptr) return push_event(self, batch.event);
  return batch.frames.empty() ? GST_FLOW_FLUSHING : push_frames(self, batch.frames);
}

void work(gpointer element) {
  auto* self = GST_GAN_INPAINT(element);
  State& state = state_of(self);
  const GstFlowReturn flow =
      gst::guard(GST_ELEMENT(self), GST_FLOW_ERROR, [&] { return take_and_push(self); });
  if (flow == GST_FLOW_OK) return;
  GST_DEBUG_OBJECT(self, "stops: %s", gst_flow_get_name(flow));
  state.flow = flow;
  state.queue.set_flushing(true);
  gst_pad_pause_task(self->source);
  // Upstream learns of it with its next frame, when there is one.
  if (state.ended) tell_end(self);
}

// Takes note of a frame of running time `time` that came `jitter` late: as in GstBaseTransform,
// those are late that begin before twice its delay is over.
void set_earliest(GstGanInpaint* self, GstClockTime time, GstClockTimeDiff jitter) {
  State& state = state_of(self);
  GST_OBJECT_LOCK(self);
  if (!GST_CLOCK_TIME_IS_VALID(time))
    state.earliest = GST_CLOCK_TIME_NONE;
  else if (jitter > 0)
    state.earliest = time + 2 * static_cast<GstClockTime>(jitter) + state.frame_duration;
  else
    state.earliest = time - std::min(time, static_cast<GstClockTime>(-jitter));
  GST_OBJECT_UNLOCK(self);
}

// Lets frames in and the streaming thread run.
void resume(GstGanInpaint* self) {
  State& state = state_of(self);
  state.ended = false;
  state.told = false;
  state.flow = GST_FLOW_OK;
  state.queue.set_flushing(false);
  gst_pad_start_task(self->source, work, self, nullptr);
}

// Turns frames away and ends the search at its next step.
void interrupt(GstGanInpaint* self) {
  self->state->flow = GST_FLOW_FLUSHING;
  self->state->queue.set_flushing(true);
}

}  // namespace

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
  State& state = state_of(self);
  return gst::guard(GST_ELEMENT(self), GST_FLOW_ERROR, [&]() -> GstFlowReturn {
    return state.queue.push_frame(buffer, batch_size_of(self)) ? GST_FLOW_OK : state.flow.load();
  });
}

// With a flow as its result: upstream sends a sticky event that was not taken again with its next
// frame, and must then hear that the element stops, not that something went wrong.
static GstFlowReturn take_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  auto* self = GST_GAN_INPAINT(parent);
  State& state = state_of(self);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START: {
      gst_pad_push_event(self->source, event);
      interrupt(self);
      gst_pad_pause_task(self->source);
      return GST_FLOW_OK;
    }
    case GST_EVENT_FLUSH_STOP: {
      // One may come without a start: the streaming thread has to be done with what is forgotten.
      interrupt(self);
      gst_pad_pause_task(self->source);
      gst_pad_push_event(self->source, event);
      state.queue.flush();
      if (state.repairer != nullptr) state.repairer->forget();
      gst_segment_init(&state.segment, GST_FORMAT_TIME);
      GST_OBJECT_LOCK(self);
      state.earliest = GST_CLOCK_TIME_NONE;
      GST_OBJECT_UNLOCK(self);
      resume(self);
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
        resume(self);
      }
      break;
    case GST_EVENT_EOS:
      // The streaming thread stops after it has set the flow and before it reads this, or sees it.
      state.ended = true;
      tell_end(self);
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
    set_earliest(GST_GAN_INPAINT(parent), time, jitter);
  }
  return gst_pad_event_default(pad, parent, event);
}

static gboolean gst_gan_inpaint_source_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  auto* self = GST_GAN_INPAINT(parent);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  if (!gst_pad_peer_query(self->sink, query)) return FALSE;
  State& state = state_of(self);
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
  interrupt(self);
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
    resume(self);
    return TRUE;
  }
  interrupt(self);
  return gst_pad_stop_task(pad);
}

static GstStateChangeReturn gst_gan_inpaint_change_state(GstElement* element,
                                                         GstStateChange transition) {
  auto* self = GST_GAN_INPAINT(element);
  State& state = state_of(self);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    const bool ready = gst::guard(element, false, [&] {
      const RepairSettings settings = state.started = settings_of(self);
      settings.repair_options();  // refuses values out of range before the first frame
      state.photograph = {};
      renew_repairer(state, settings);
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
  self->state = gst::or_end([] { return new State; });
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
