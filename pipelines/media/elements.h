// SPDX-License-Identifier: MIT
// Owns the making of GStreamer elements, and what to install when one is missing.
#pragma once

#include <gst/gst.h>

#include <string>

#include "media/watched_work.h"

namespace ganface::media {

/// The part of a conversion that an element works for: it says whose fault an error is.
enum class Part { kOther, kInput, kRepair, kOutput };

/// Starts GStreamer. What GLib ends the process for, as memory that it lacks, ends it through
/// `leave`. Throws Error(kInternal) when GStreamer does not start.
void start_gstreamer(LeaveProcess leave);

/// Makes an element and adds it to `bin`, which owns it. `description` is a factory and its
/// properties as on a gst-launch line: "x264enc quantizer=18". Throws Error(kUnsupported) naming
/// the element and the Debian package that holds it when it is not installed.
GstElement* add_element(GstBin* bin, const std::string& description, Part part);

/// The part of `object`, or of the nearest element that holds it.
Part part_of(GstObject* object);

/// Links two elements. Throws Error(kInternal) naming both.
void link(GstElement* from, GstElement* to);

}  // namespace ganface::media
