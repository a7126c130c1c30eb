// SPDX-License-Identifier: MIT
// Owns chains of elements that are started and stopped again and again.
#include "state_cycles.h"

#include <gst/gst.h>

#include <cstdio>
#include <random>
#include <string>

namespace ganface::soak {
namespace {

const char* const kChains[] = {
    "videotestsrc num-buffers=3 ! video/x-raw,width=64,height=64 ! facemask face-source=frame "
    "region=center ! ganinpaint ! fakesink sync=false",
    "videotestsrc num-buffers=3 is-live=true ! video/x-raw,width=160,height=120,framerate=100/1 ! "
    "facemask ! queue ! ganinpaint batch-size=2 ! fakesink",
    "videotestsrc num-buffers=3 ! video/x-raw,width=64,height=64 ! facemask face-source=frame "
    "region=center ! ganinpaint method=latent iterations=1 ! fakesink sync=false",
    "ganfake grid=1x1 num-buffers=3 walk=line ! facemask mask=color ! ganinpaint ! fakesink "
    "sync=false",
};

// Fewer are no trend: a chain that is stopped at once loads its models in a later cycle.
constexpr int kFewestCycles = 64;

void run_chain(const char* line, int cycles, std::mt19937_64& random, Checks& checks,
               Series& allocated) {
  GstElement* pipeline = gst_parse_launch(line, nullptr);
  GstBus* bus = gst_element_get_bus(pipeline);
  for (int i = 0; i < cycles; ++i) {
    checks.watchdog.step(line);
    if (gst_element_set_state(pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
      checks.complaints.add(std::string("does not start: ") + line);
    // At once, in the midst of it, or at the end.
    const GstClockTime patience = random() % 4 == 0   ? 0
                                  : random() % 2 == 0 ? random() % 100 * GST_MSECOND
                                                      : GST_CLOCK_TIME_NONE;
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, patience, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    if (message != nullptr) {
      if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
        checks.complaints.add(std::string("an error of ") + GST_MESSAGE_SRC_NAME(message));
      gst_message_unref(message);
    }
    checks.complaints.set_stopping(true);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    checks.complaints.set_stopping(false);
    gst_bus_set_flushing(bus, TRUE);
    gst_bus_set_flushing(bus, FALSE);
    allocated.add(checks.hours(), allocated_mib());
  }
  gst_object_unref(bus);
  gst_object_unref(pipeline);
}

}  // namespace

void cycle_states(int cycles, uint64_t seed, Checks& checks) {
  std::mt19937_64 random(seed);
  for (const char* line : kChains) {
    Series allocated;
    const double begin = checks.hours();
    run_chain(line, cycles, random, checks, allocated);
    const Series::Trend trend = allocated.trend();
    const double per_cycle =
        (trend.last_mib - trend.first_mib) * 1024 / (cycles * 0.75 * 7 / 8);  // medians of windows
    // A frame that is lost each cycle would be 12 KiB.
    const bool is_flat =
        cycles < kFewestCycles || trend.last_mib - trend.first_mib <= 0.25 + cycles / 1024.0;
    std::printf("%-4s %d cycles in %.0f s, %.1f to %.1f MiB allocated, %+.3f KiB a cycle: %s\n",
                is_flat ? "ok" : "FAIL", cycles, (checks.hours() - begin) * 3600, trend.first_mib,
                trend.last_mib, per_cycle, line);
    if (!is_flat) checks.complaints.add(std::string("memory grows from cycle to cycle: ") + line);
  }
}

}  // namespace ganface::soak
