// SPDX-License-Identifier: MIT
// Owns the streaming thread of ganinpaint: from the queue through the repairer to the source pad.
#include "ganinpaint/streaming.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/arrival.h"
#include "common/element_error.h"
#include "common/face_report.h"
#include "common/processing_time.h"
#include "gstfacemaskmeta.h"

#define GST_CAT_DEFAULT gst_gan_inpaint_debug

namespace ganface::gst {
namespace {

constexpr auto kMessageInterval = std::chrono::seconds(1);

void post_statistics(GstGanInpaint* self) {
  self->state->posted = Clock::now();
  gst_element_post_message(
      GST_ELEMENT(self),
      gst_message_new_element(GST_OBJECT(self), statistics_of(self).to_structure()));
}

// Drops the frames that downstream would drop for being late.
void drop_late_frames(GstGanInpaint* self, std::vector<GstBuffer*>& frames) {
  InpaintState& state = state_of(self);
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
void count_frames(GstGanInpaint* self, const std::vector<FrameReport>& reports,
                  const RepairCounts& counts, bool late, bool failed,
                  std::chrono::duration<double, std::milli> taken) {
  const size_t frames = reports.size();
  {
    const ObjectLock lock(self);
    RepairStatistics& statistics = self->state->statistics;
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
void post_reports(GstGanInpaint* self, const std::vector<FrameReport>& reports, guint64 number) {
  for (const FrameReport& report : reports)
    gst_element_post_message(
        GST_ELEMENT(self),
        gst_message_new_element(GST_OBJECT(self), to_structure(report, number++)));
}

// Repairs the frames in place, as the settings say of errors and deadlines.
GstFlowReturn repair_frames(GstGanInpaint* self, const RepairSettings& settings,
                            std::vector<GstBuffer*>& frames, std::vector<FrameReport>& reports) {
  InpaintState& state = state_of(self);
  const auto begin = Clock::now();
  RepairCounts counts;
  bool late = false, failed = false;
  RepairRun run;
  run.options = settings.repair_options();
  run.remember = settings.memory;
  if (const auto limit =
          settings.time_limit(state.live, state.repairer->method(), state.frame_duration)) {
    const bool is_automatic = settings.deadline_ms < 0;
    // What facemask took of the frame's time is gone.
    const auto from = is_automatic ? std::min(begin, arrival_of(frames.front())) : begin;
    run.deadline = from + std::chrono::nanoseconds(*limit);
    // By default the first sight of a covered face may take what a frame lasts.
    if (is_automatic)
      run.patience = begin + std::chrono::nanoseconds(state.frame_duration) - *run.deadline;
  }
  run.options.completion.test_time_augmentation = !run.deadline && !state.live;
  run.stop = [&] {
    late = run.deadline && Clock::now() >= *run.deadline;
    return late || state.queue.flushing();
  };
  GstFlowReturn flow = GST_FLOW_OK;
  const auto repair = [&] {
    counts = state.repairer->repair(state.info, frames, run, reports);
    return GST_FLOW_OK;
  };
  if (settings.on_error == OnError::kFail) {
    flow = guard(GST_ELEMENT(self), GST_FLOW_ERROR, repair);
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

// Tells the pipeline when repairs take clearly longer, or much less long, than was said.
void measure_processing(GstGanInpaint* self) {
  InpaintState& state = state_of(self);
  bool changed = false;
  {
    const ObjectLock lock(self);
    changed = state.statistics.processing.renew();
  }
  if (changed) post_latency(GST_ELEMENT(self));
}

GstFlowReturn push_frames(GstGanInpaint* self, std::vector<GstBuffer*>& frames) {
  InpaintState& state = state_of(self);
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
  std::vector<FrameReport> reports;
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
  constexpr guint64 kEach = ProcessingTime::kRenewEach;
  if ((frames_before + frames.size()) / kEach != frames_before / kEach) measure_processing(self);
  if (settings.post_messages && Clock::now() >= state.posted + kMessageInterval)
    post_statistics(self);
  return flow;
}

// Takes note of an event in its turn, then passes it on.
GstFlowReturn push_event(GstGanInpaint* self, GstEvent* event) {
  InpaintState& state = state_of(self);
  GstFlowReturn flow = GST_FLOW_OK;
  if (GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START) {
    flow = guard(GST_ELEMENT(self), GST_FLOW_ERROR, [&] {
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
    if (changed && counts) post_latency(GST_ELEMENT(self));
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

GstFlowReturn take_and_push(GstGanInpaint* self) {
  InpaintState& state = state_of(self);
  const RepairSettings settings = settings_of(self);
  FrameQueue::Batch batch =
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
  InpaintState& state = state_of(self);
  const GstFlowReturn flow =
      guard(GST_ELEMENT(self), GST_FLOW_ERROR, [&] { return take_and_push(self); });
  if (flow == GST_FLOW_OK) return;
  GST_DEBUG_OBJECT(self, "stops: %s", gst_flow_get_name(flow));
  state.flow = flow;
  state.queue.set_flushing(true);
  gst_pad_pause_task(self->source);
  // Upstream learns of it with its next frame, when there is one.
  if (state.ended) tell_end(self);
}

}  // namespace

void renew_repairer(InpaintState& state, const RepairSettings& settings) {
  auto repairer = std::make_unique<FrameRepairer>(settings.model_name(), settings.device);
  settings.check_method(repairer->method());
  repairer->show_person(state.photograph);
  state.method = repairer->method();
  state.repairer = std::move(repairer);
}

void tell_end(GstGanInpaint* self) {
  InpaintState& state = state_of(self);
  const GstFlowReturn flow = state.flow;
  const bool stopped = flow == GST_FLOW_NOT_LINKED || flow <= GST_FLOW_EOS;
  if (!stopped || state.told.exchange(true)) return;
  if (flow != GST_FLOW_EOS && flow != GST_FLOW_ERROR) GST_ELEMENT_FLOW_ERROR(self, flow);
  gst_pad_push_event(self->source, gst_event_new_eos());
}

void set_earliest(GstGanInpaint* self, GstClockTime time, GstClockTimeDiff jitter) {
  InpaintState& state = state_of(self);
  GST_OBJECT_LOCK(self);
  if (!GST_CLOCK_TIME_IS_VALID(time))
    state.earliest = GST_CLOCK_TIME_NONE;
  else if (jitter > 0)
    state.earliest = time + 2 * static_cast<GstClockTime>(jitter) + state.frame_duration;
  else
    state.earliest = time - std::min(time, static_cast<GstClockTime>(-jitter));
  GST_OBJECT_UNLOCK(self);
}

void interrupt(GstGanInpaint* self) {
  self->state->flow = GST_FLOW_FLUSHING;
  self->state->queue.set_flushing(true);
}

void resume(GstGanInpaint* self) {
  InpaintState& state = state_of(self);
  state.ended = false;
  state.told = false;
  state.flow = GST_FLOW_OK;
  state.queue.set_flushing(false);
  gst_pad_start_task(self->source, work, self, nullptr);
}

}  // namespace ganface::gst
