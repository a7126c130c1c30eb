// SPDX-License-Identifier: MIT
// Owns what is looked at all the time, and the verdict at the end.
#include "checks.h"

#include <algorithm>
#include <cstdio>

namespace ganface::soak {
namespace {

// What the allocator's spare pages and the sizes of pictures make of a median, whatever the time.
constexpr double kResidentNoiseMib = 96;
// What is allocated when everything is stopped: caches of GLib and LibTorch that fill.
constexpr double kAllocatedNoiseMib = 3;
// A kernel that oneDNN keeps, of the largest kind.
constexpr double kKernelMib = 0.07;
// A megabyte an hour more than the noise is 170 MiB in a week; a frame of 320x240 that is lost each
// minute would be 13 MiB an hour.
constexpr double kMostMibPerHour = 1;
// What is loaded with the first streams would be taken for a slope.
constexpr double kHoursToJudge = 1.0 / 6;

bool tell(bool holds, const char* check, const std::string& text) {
  std::printf("%-4s %-10s %s\n", holds ? "ok" : "FAIL", check, text.c_str());
  return holds;
}

template <typename... Values>
std::string text(const char* format, Values... values) {
  char buffer[512];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

bool tell_memory(const char* what, const Series& series, double hours, double noise_mib) {
  const Series::Trend trend = series.trend();
  const double bound = kMostMibPerHour + noise_mib / std::max(hours * 3 / 4, 1e-6);
  if (hours < kHoursToJudge)
    return tell(true, "memory",
                text("%s %.1f to %.1f MiB (most %.1f); too short to judge", what, trend.first_mib,
                     trend.last_mib, trend.most_mib));
  return tell(trend.samples > 2 && trend.mib_per_hour <= bound, "memory",
              text("%s %.1f to %.1f MiB (most %.1f), %+.2f MiB an hour; bound %.2f; %zu samples",
                   what, trend.first_mib, trend.last_mib, trend.most_mib, trend.mib_per_hour, bound,
                   trend.samples));
}

}  // namespace

Checks::Checks(std::chrono::seconds most_gap)
    : watchdog(most_gap,
               [this] { return "frames on the way: " + std::to_string(ledger.on_the_way()); }) {}

double Checks::hours() const {
  return std::chrono::duration<double, std::ratio<3600>>(std::chrono::steady_clock::now() - begin_)
      .count();
}

void Checks::measure_stopped() {
  allocated.add(hours(), allocated_mib());
  kernels_.add(hours(), kernels_kept());
}

bool Checks::report(bool has_stream) const {
  bool holds = true;
  if (has_stream) {
    const Ledger::Totals frames = ledger.totals();
    holds &=
        tell(frames.wrong == 0 && frames.out > 0 &&
                 frames.in == frames.out + frames.flushed + frames.late,
             "frames",
             text("%llu in, %llu out in order with their times, %llu gone in %llu flushes and "
                  "%llu stops, %llu dropped as late with a message, %llu wrong%s%s",
                  static_cast<unsigned long long>(frames.in),
                  static_cast<unsigned long long>(frames.out),
                  static_cast<unsigned long long>(frames.flushed),
                  static_cast<unsigned long long>(flushes), static_cast<unsigned long long>(stops),
                  static_cast<unsigned long long>(frames.late),
                  static_cast<unsigned long long>(frames.wrong),
                  frames.wrong > 0 ? "; first: " : "", frames.first_wrong.c_str()));
  }
  holds &= tell(complaints.count() == 0, "complaints",
                text("%llu criticals, warnings and errors on log and bus",
                     static_cast<unsigned long long>(complaints.count())));
  if (has_stream) {
    const Series::Trend kernels = kernels_.trend();
    const double made = std::max(0.0, kernels.last_mib - kernels.first_mib);
    tell(true, "kernels",
         text("%.0f to %.0f that oneDNN keeps", kernels.first_mib, kernels.last_mib));
    holds &= tell_memory("allocated when stopped", allocated, hours(),
                         kAllocatedNoiseMib + made * kKernelMib);
    holds &= tell_memory("resident", resident, hours(), kResidentNoiseMib);
  }
  // One that was too long has ended the process.
  tell(true, "standstill",
       text("none of %lld s; longest call %.1f s (%s), longest time without a frame %.1f s",
            static_cast<long long>(watchdog.most().count()), watchdog.longest_step_s(),
            watchdog.longest_step().c_str(), watchdog.longest_gap_s()));
  return holds;
}

}  // namespace ganface::soak
