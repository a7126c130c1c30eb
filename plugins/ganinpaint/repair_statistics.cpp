// SPDX-License-Identifier: MIT
// Owns what ganinpaint counts.
#include "ganinpaint/repair_statistics.h"

namespace ganface::gst {

void RepairStatistics::add(const RepairCounts& counts) {
  skipped += counts.skipped;
  if (counts.faces == 0) return;
  remembered += counts.remembered;
  faces += counts.faces;
  iterations += counts.iterations;
  contextual_loss = counts.contextual_loss;
  perceptual_loss = counts.perceptual_loss;
}

void RepairStatistics::add(const std::vector<FrameReport>& reports) {
  for (const FrameReport& report : reports) {
    changed += report.is_changed;
    found += report.faces.size();
    for (const FaceReport& face : report.faces) left_alone += face.action == FaceAction::kLeftAlone;
  }
}

GstStructure* RepairStatistics::to_structure() const {
  return gst_structure_new(
      "ganinpaint-stats", "frames", G_TYPE_UINT64, frames, "faces", G_TYPE_UINT64, faces,
      "iterations", G_TYPE_UINT64, iterations, "faces-remembered", G_TYPE_UINT64, remembered,
      "faces-skipped", G_TYPE_UINT64, skipped, "faces-found", G_TYPE_UINT64, found,
      "faces-left-alone", G_TYPE_UINT64, left_alone, "frames-changed", G_TYPE_UINT64, changed,
      "deadlines-missed", G_TYPE_UINT64, deadlines_missed, "failed", G_TYPE_UINT64, failed,
      "dropped", G_TYPE_UINT64, dropped, "contextual-loss", G_TYPE_DOUBLE, contextual_loss,
      "perceptual-loss", G_TYPE_DOUBLE, perceptual_loss, "latency-p50-ms", G_TYPE_DOUBLE,
      processing.percentile_ms(0.5), "latency-p99-ms", G_TYPE_DOUBLE,
      processing.percentile_ms(0.99), nullptr);
}

}  // namespace ganface::gst
