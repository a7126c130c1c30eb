// SPDX-License-Identifier: MIT
// Owns what an element of ganinpaint is made of.
#pragma once

#include <ganface/image.h>
#include <ganface/repair.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "common/object_lock.h"
#include "common/property_table.h"
#include "ganinpaint/frame_queue.h"
#include "ganinpaint/frame_repairer.h"
#include "ganinpaint/repair_settings.h"
#include "ganinpaint/repair_statistics.h"

GST_DEBUG_CATEGORY_EXTERN(gst_gan_inpaint_debug);

namespace ganface::gst {

using Clock = std::chrono::steady_clock;

/// What an element keeps between calls.
struct InpaintState {
  // Guarded by the object lock.
  RepairSettings settings;
  RepairStatistics statistics;
  GstClockTime frame_duration = 0;
  GstClockTime earliest = GST_CLOCK_TIME_NONE;  // running time: frames before it come too late

  FrameQueue queue;
  std::atomic<GstFlowReturn> flow{GST_FLOW_FLUSHING};
  std::atomic<bool> ended{false};  // EOS has come in: nobody asks for the flow any more
  std::atomic<bool> told{false};   // downstream, of the end after a flow that was not OK
  std::atomic<bool> live{false};   // what comes in will not wait, as a latency query has shown
  std::atomic<RepairMethod> method{RepairMethod::kLatent};  // of the repairer

  // Of the streaming thread.
  std::unique_ptr<FrameRepairer> repairer;
  RepairSettings started;  // what holds until the next start
  Image photograph;        // of the person, its canonical crop; empty without one
  GstVideoInfo info;
  GstSegment segment;
  Clock::time_point posted;
  bool discontinuous = false;  // a frame was dropped before the next one
};

}  // namespace ganface::gst

struct GstGanInpaint {
  GstElement parent;
  GstPad* sink;
  GstPad* source;
  ganface::gst::InpaintState* state;
  inline static ganface::gst::PropertyTable<ganface::gst::RepairSettings>* properties =
      nullptr;  // lives as long as the class
};

#define GST_GAN_INPAINT(object) (reinterpret_cast<GstGanInpaint*>(object))

namespace ganface::gst {

inline InpaintState& state_of(GstGanInpaint* self) { return *self->state; }

inline RepairSettings settings_of(GstGanInpaint* self) {
  const ObjectLock lock(self);
  return self->state->settings;
}

inline RepairStatistics statistics_of(GstGanInpaint* self) {
  const ObjectLock lock(self);
  return self->state->statistics;
}

/// Copies nothing, so that it cannot fail.
inline guint batch_size_of(GstGanInpaint* self) {
  const ObjectLock lock(self);
  return self->state->settings.batch_size;
}

}  // namespace ganface::gst
