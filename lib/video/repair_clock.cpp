// SPDX-License-Identifier: MIT
// Owns the time by which a video's repair keeps its deadlines.
#include <ganface/repair_clock.h>

namespace ganface {
namespace {

class MonotonicClock : public RepairClock {
 public:
  TimePoint now() override { return std::chrono::steady_clock::now(); }
  bool wait(const std::function<bool(std::chrono::nanoseconds)>& is_done,
            TimePoint deadline) override {
    return is_done(deadline - now());
  }
};

}  // namespace

std::shared_ptr<RepairClock> monotonic_clock() { return std::make_shared<MonotonicClock>(); }

}  // namespace ganface
