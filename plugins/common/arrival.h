// SPDX-License-Identifier: MIT
// Owns the note on a frame of when the first of the elements took it up.
#pragma once

#include <gst/gst.h>

#include <chrono>

namespace ganface::gst {

/// Notes on a writable buffer that it is taken up now, unless an element before has done so. The
/// note is a GstReferenceTimestampMeta of the monotonic clock, which goes with the buffer.
void note_arrival(GstBuffer* buffer);

/// When the first of the elements took a frame up; now, if none did.
std::chrono::steady_clock::time_point arrival_of(GstBuffer* buffer);

}  // namespace ganface::gst
