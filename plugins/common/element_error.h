// SPDX-License-Identifier: MIT
// Owns the way from C++ exceptions to GStreamer element errors.
#pragma once

#include <ganface/error.h>
#include <gst/gst.h>

#include <ganface/current_error.h>

namespace ganface::gst {

/// Posts the element error that fits `error`.
void post_error(GstElement* element, const Error& error);

/// Runs a callable; what it throws is posted as an element error, and `failed` returned. No
/// exception crosses a C callback.
template <typename Result, typename Callable>
Result guard(GstElement* element, Result failed, Callable&& callable) {
  try {
    return callable();
  } catch (...) {
    post_error(element, current_error());
  }
  return failed;
}

/// Runs a callable where GObject knows no failure, as while an instance or a class is made. What it
/// throws ends the process, as GLib does when it has no memory itself.
template <typename Callable>
decltype(auto) or_end(Callable&& callable) {
  try {
    return callable();
  } catch (...) {
    // It does not return.
    g_error("%s", current_error().what());
  }
}

}  // namespace ganface::gst
