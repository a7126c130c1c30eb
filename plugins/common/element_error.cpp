// SPDX-License-Identifier: MIT
// Owns the way from C++ exceptions to GStreamer element errors.
#include "common/element_error.h"

namespace ganface::gst {

void post_error(GstElement* element, const Error& error) {
  switch (error.code()) {
    case ErrorCode::kUsage:
    case ErrorCode::kUnsupported:
      GST_ELEMENT_ERROR(element, LIBRARY, SETTINGS, ("%s", error.what()), (nullptr));
      break;
    case ErrorCode::kInput:
      GST_ELEMENT_ERROR(element, STREAM, WRONG_TYPE, ("%s", error.what()), (nullptr));
      break;
    case ErrorCode::kOutput:
      GST_ELEMENT_ERROR(element, RESOURCE, WRITE, ("%s", error.what()), (nullptr));
      break;
    case ErrorCode::kModel:
      GST_ELEMENT_ERROR(element, RESOURCE, NOT_FOUND, ("%s", error.what()), (nullptr));
      break;
    case ErrorCode::kDevice:
      GST_ELEMENT_ERROR(element, RESOURCE, OPEN_READ_WRITE, ("%s", error.what()), (nullptr));
      break;
    case ErrorCode::kMemory:
      GST_ELEMENT_ERROR(element, RESOURCE, NO_SPACE_LEFT, ("%s", error.what()), (nullptr));
      break;
    case ErrorCode::kInternal:
      GST_ELEMENT_ERROR(element, STREAM, FAILED, ("%s", error.what()), (nullptr));
      break;
  }
}

}  // namespace ganface::gst
