// SPDX-License-Identifier: MIT
// Owns the release of what GStreamer and GLib give to the caller.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

namespace ganface::media {

struct Release {
  void operator()(GstElement* element) const { gst_object_unref(element); }
  void operator()(GstElementFactory* factory) const { gst_object_unref(factory); }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
  void operator()(GstPad* pad) const { gst_object_unref(pad); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstEvent* event) const { gst_event_unref(event); }
  void operator()(GstStructure* structure) const { gst_structure_free(structure); }
  void operator()(GError* error) const { g_error_free(error); }
};

/// Owns one reference.
template <typename Type>
using Owned = std::unique_ptr<Type, Release>;

/// The text of a string that the caller has to free; null gives "".
inline std::string take_text(gchar* text) {
  const std::string copy = text != nullptr ? text : "";
  g_free(text);
  return copy;
}

}  // namespace ganface::media
