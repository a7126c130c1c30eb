// SPDX-License-Identifier: MIT
// Owns what ganinpaint counts.
#pragma once

#include <gst/gst.h>

#include "common/processing_time.h"
#include "ganinpaint/frame_repairer.h"

namespace ganface::gst {

/// Counts and times of one stream's repairs.
struct RepairStatistics {
  guint64 frames = 0;
  guint64 changed = 0;                ///< frames that were painted on
  guint64 found = 0;                  ///< faces that came with the frames
  guint64 left_alone = 0;             ///< of them, those in doubt or not to be repaired
  guint64 faces = 0, iterations = 0;  ///< repaired, be it too late for their own frame
  guint64 remembered = 0;        ///< faces that were repaired from what they looked like before
  guint64 skipped = 0;           ///< faces that were not ready in time
  guint64 deadlines_missed = 0;  ///< frames whose search was cut short, or with a face skipped
  guint64 failed = 0;            ///< frames that were passed on unrepaired after an error
  guint64 dropped = 0;           ///< frames that came too late, with qos
  double contextual_loss = 0;    ///< of the last batch with a face: sum over its faces
  double perceptual_loss = 0;
  ProcessingTime processing;

  /// A batch of frames; the losses stay those of the last one with a face.
  void add(const RepairCounts& counts);
  /// What became of those frames.
  void add(const std::vector<FrameReport>& reports);
  /// "ganinpaint-stats"; owned by the caller.
  GstStructure* to_structure() const;
};

}  // namespace ganface::gst
