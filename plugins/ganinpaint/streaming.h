// SPDX-License-Identifier: MIT
// Owns the streaming thread of ganinpaint: from the queue through the repairer to the source pad.
#pragma once

#include "ganinpaint/element.h"

namespace ganface::gst {

/// Lets frames in and the streaming thread run.
void resume(GstGanInpaint* self);

/// Turns frames away and ends the search at its next step.
void interrupt(GstGanInpaint* self);

/// After EOS has come in and the streaming thread has stopped: nothing goes through the queue any
/// more, and downstream still waits for the end.
void tell_end(GstGanInpaint* self);

/// Takes note of a frame of running time `time` that came `jitter` late: as in GstBaseTransform,
/// those are late that begin before twice its delay is over.
void set_earliest(GstGanInpaint* self, GstClockTime time, GstClockTimeDiff jitter);

/// Throws as FrameRepairer's constructor, and Error(kUsage) for a model of another method.
void renew_repairer(InpaintState& state, const RepairSettings& settings);

}  // namespace ganface::gst
