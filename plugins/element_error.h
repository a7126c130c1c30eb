// SPDX-License-Identifier: MIT
// Owns the way from C++ exceptions to GStreamer element errors.
#pragma once

#include <ganface/error.h>
#include <gst/gst.h>

#include <exception>

namespace ganface::gst {

/// Posts the element error that fits `error`.
void post_error(GstElement* element, const Error& error);

/// Runs a callable; what it throws is posted as an element error, and `failed` returned. No
/// exception crosses a C callback.
template <typename Result, typename Callable>
Result guard(GstElement* element, Result failed, Callable&& callable) {
  try {
    return callable();
  } catch (const Error& error) {
    post_error(element, error);
  } catch (const std::exception& error) {
    post_error(element, Error(ErrorCode::kInternal, error.what()));
  }
  return failed;
}

}  // namespace ganface::gst
