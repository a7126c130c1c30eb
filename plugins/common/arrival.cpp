// SPDX-License-Identifier: MIT
// Owns the note on a frame of when the first of the elements took it up.
#include "common/arrival.h"

namespace ganface::gst {
namespace {

using Clock = std::chrono::steady_clock;

// Lives as long as the process.
GstCaps* reference() {
  static GstStaticCaps caps = GST_STATIC_CAPS("timestamp/x-ganface-arrival");
  static GstCaps* const made = gst_static_caps_get(&caps);
  return made;
}

}  // namespace

void note_arrival(GstBuffer* buffer) {
  if (gst_buffer_get_reference_timestamp_meta(buffer, reference()) != nullptr) return;
  const std::chrono::nanoseconds now = Clock::now().time_since_epoch();
  gst_buffer_add_reference_timestamp_meta(
      buffer, reference(), static_cast<GstClockTime>(now.count()), GST_CLOCK_TIME_NONE);
}

Clock::time_point arrival_of(GstBuffer* buffer) {
  const Clock::time_point now = Clock::now();
  const GstReferenceTimestampMeta* note =
      gst_buffer_get_reference_timestamp_meta(buffer, reference());
  if (note == nullptr) return now;
  const auto noted = Clock::time_point(std::chrono::nanoseconds(note->timestamp));
  return noted < now ? noted : now;  // another machine's clock says nothing here
}

}  // namespace ganface::gst
