// SPDX-License-Identifier: MIT
// Owns what is looked at all the time, and the verdict at the end.
#pragma once

#include <chrono>
#include <cstdint>

#include "complaints.h"
#include "ledger.h"
#include "memory.h"
#include "watchdog.h"

namespace ganface::soak {

struct Checks {
  explicit Checks(std::chrono::seconds most_gap);

  double hours() const;
  /// Notes what is allocated now that everything is stopped.
  void measure_stopped();
  /// Writes a line for each check, with its bound. Whether all hold.
  bool report(bool has_stream) const;

  Complaints complaints;
  Ledger ledger;
  Watchdog watchdog;
  Series resident;   // while the stream runs
  Series allocated;  // when everything is stopped
  uint64_t flushes = 0, stops = 0;

 private:
  Series kernels_;  // that oneDNN keeps when everything is stopped
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace ganface::soak
