// SPDX-License-Identifier: MIT
// Owns the time by which a video's repair keeps its deadlines.
#pragma once

#include <ganface/api.h>

#include <chrono>
#include <functional>
#include <memory>

namespace ganface {

/// Tells the time to a VideoRepairer, and waits for it. An application whose time passes otherwise
/// than the system's, as a test or a simulation, derives its own. Used from one thread at a time.
class GANFACE_API RepairClock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~RepairClock() = default;
  virtual TimePoint now() = 0;
  /// Waits for work until `deadline`, which may have passed; whether it is done by then.
  /// `is_done(most)` waits for the work in the system's time, `most` at the longest, and tells
  /// whether it is done.
  virtual bool wait(const std::function<bool(std::chrono::nanoseconds most)>& is_done,
                    TimePoint deadline) = 0;
};

/// The system's monotonic clock.
GANFACE_API std::shared_ptr<RepairClock> monotonic_clock();

}  // namespace ganface
