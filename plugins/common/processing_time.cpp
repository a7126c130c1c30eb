// SPDX-License-Identifier: MIT
// Owns how long an element works on a frame, as it tells the pipeline.
#include "common/processing_time.h"

#include <algorithm>

namespace ganface::gst {
namespace {

constexpr size_t kWindow = 1000;  // frames over which percentiles are taken

}  // namespace

void ProcessingTime::add(double ms) {
  if (window_.size() < kWindow) {
    window_.push_back(ms);
  } else {
    window_[next_] = ms;
    next_ = (next_ + 1) % kWindow;
  }
}

double ProcessingTime::percentile_ms(double share) const {
  if (window_.empty()) return 0;
  std::vector<double> values = window_;
  const auto position =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), position, values.end());
  return *position;
}

bool ProcessingTime::renew() {
  const double measured = percentile_ms(0.95);
  const bool changed = measured > 1.1 * said_ms_ + 1 || measured < 0.5 * said_ms_ - 1;
  if (changed) said_ms_ = measured;
  return changed;
}

}  // namespace ganface::gst
