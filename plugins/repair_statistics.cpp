// SPDX-License-Identifier: MIT
// Owns what ganinpaint counts.
#include "repair_statistics.h"

#include <algorithm>

namespace ganface::gst {
namespace {

constexpr size_t kWindow = 1000;  // frames over which percentiles are taken

}  // namespace

void RepairStatistics::add(const RepairCounts& counts) {
  skipped += counts.skipped;
  if (counts.faces == 0) return;
  remembered += counts.remembered;
  faces += counts.faces;
  iterations += counts.iterations;
  contextual_loss = counts.contextual_loss;
  perceptual_loss = counts.perceptual_loss;
}

void RepairStatistics::add_latency(double ms) {
  if (window_.size() < kWindow) {
    window_.push_back(ms);
  } else {
    window_[next_] = ms;
    next_ = (next_ + 1) % kWindow;
  }
}

double RepairStatistics::latency_ms(double share) const {
  if (window_.empty()) return 0;
  std::vector<double> values = window_;
  const auto position =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), position, values.end());
  return *position;
}

GstStructure* RepairStatistics::to_structure() const {
  return gst_structure_new(
      "ganinpaint-stats", "frames", G_TYPE_UINT64, frames, "faces", G_TYPE_UINT64, faces,
      "iterations", G_TYPE_UINT64, iterations, "faces-remembered", G_TYPE_UINT64, remembered,
      "faces-skipped", G_TYPE_UINT64, skipped, "deadlines-missed", G_TYPE_UINT64, deadlines_missed,
      "failed", G_TYPE_UINT64, failed, "dropped", G_TYPE_UINT64, dropped, "contextual-loss",
      G_TYPE_DOUBLE, contextual_loss, "perceptual-loss", G_TYPE_DOUBLE, perceptual_loss,
      "latency-p50-ms", G_TYPE_DOUBLE, latency_ms(0.5), "latency-p99-ms", G_TYPE_DOUBLE,
      latency_ms(0.99), nullptr);
}

}  // namespace ganface::gst
