// SPDX-License-Identifier: MIT
// Owns the holding of a GStreamer object's lock.
#pragma once

#include <gst/gst.h>

namespace ganface::gst {

/// Holds the lock of an object as long as it lives: an exception, as of memory that runs out while
/// settings are copied, lets it go.
class ObjectLock {
 public:
  explicit ObjectLock(gpointer object) : object_(GST_OBJECT_CAST(object)) {
    GST_OBJECT_LOCK(object_);
  }
  ~ObjectLock() { GST_OBJECT_UNLOCK(object_); }
  ObjectLock(const ObjectLock&) = delete;
  ObjectLock& operator=(const ObjectLock&) = delete;

 private:
  GstObject* object_;
};

}  // namespace ganface::gst
