// SPDX-License-Identifier: MIT
// Owns what ganinpaint tells of each frame: its faces, and what became of them.
#pragma once

#include <ganface/video_repairer.h>
#include <gst/gst.h>

#include <array>
#include <cmath>
#include <vector>

#include "gstfacemaskmeta.h"

namespace ganface::gst {

/// A face of a frame.
struct FaceReport {
  guint id = 0;
  double score = 1;
  CanonicalTransform transform{};
  double yaw = NAN;     ///< degrees; NaN = not known
  double hole = 0;      ///< share of the canonical crop that is missing
  guint occluders = 0;  ///< flags of GstFaceMaskOccluders
  FaceAction action = FaceAction::kClean;
  const char* why = nullptr;  ///< in a word, of a face that is left alone or late
  /// Shares of the hole, of a repaired face: from what was seen of it earlier in the stream, with
  /// the detail of the photograph of the person, and made up.
  double seen = 0, reference = 0, invented = 0;
};

/// A frame.
struct FrameReport {
  GstClockTime pts = GST_CLOCK_TIME_NONE;
  bool is_changed = false;  ///< some of its pixels were painted over
  std::vector<FaceReport> faces;
};

/// What a mask says of a face: clean, or left alone for the verdict's reason. `transform` and
/// `hole` are left to the caller.
FaceReport report_of(const GstFaceMaskMeta& meta);

/// "ganinpaint-report" of the stream's frame `number`, counted from 0; owned by the caller.
GstStructure* to_structure(const FrameReport& report, guint64 number);

/// The axis-parallel box around the canonical crop: left, top, width, height in pixels.
std::array<double, 4> box_of(const CanonicalTransform& transform);

}  // namespace ganface::gst
