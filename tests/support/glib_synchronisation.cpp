// SPDX-License-Identifier: MIT
// Owns what ThreadSanitizer cannot see by itself: how GLib and GStreamer order their threads.
//
// GLib locks by futex(), and neither library is built with the sanitizer. These functions stand
// before theirs, call them, and say what is ordered by what. Each test program has them where the
// build has -Db_sanitize=thread.
#include <dlfcn.h>
#include <gst/gst.h>
#include <sanitizer/tsan_interface.h>

#include <cstdlib>

namespace {

// What happened before in threads that released `object` is seen from here on.
void acquire(void* object) { __tsan_acquire(object); }
void release(void* object) { __tsan_release(object); }

template <typename Function>
Function* next(Function*, const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function*>(found);
}

}  // namespace

// The function of this name that is in the library.
#define LIBRARY(function) \
  static auto* const library = next(static_cast<decltype(&function)>(nullptr), #function)

extern "C" {

// ---- Locks --------------------------------------------------------------------------------------

void g_mutex_lock(GMutex* mutex) {
  LIBRARY(g_mutex_lock);
  library(mutex);
  acquire(mutex);
}

void g_mutex_unlock(GMutex* mutex) {
  LIBRARY(g_mutex_unlock);
  release(mutex);
  library(mutex);
}

gboolean g_mutex_trylock(GMutex* mutex) {
  LIBRARY(g_mutex_trylock);
  const gboolean locked = library(mutex);
  if (locked) acquire(mutex);
  return locked;
}

// What it makes in memory is there for every thread that is given the lock.
void g_rec_mutex_init(GRecMutex* mutex) {
  LIBRARY(g_rec_mutex_init);
  library(mutex);
  release(mutex);
}

void g_rec_mutex_lock(GRecMutex* mutex) {
  LIBRARY(g_rec_mutex_lock);
  acquire(mutex);
  library(mutex);
  acquire(mutex);
}

void g_rec_mutex_unlock(GRecMutex* mutex) {
  LIBRARY(g_rec_mutex_unlock);
  release(mutex);
  library(mutex);
}

gboolean g_rec_mutex_trylock(GRecMutex* mutex) {
  LIBRARY(g_rec_mutex_trylock);
  acquire(mutex);
  const gboolean locked = library(mutex);
  if (locked) acquire(mutex);
  return locked;
}

// Nobody holds a lock that is cleared.
void g_mutex_clear(GMutex* mutex) {
  LIBRARY(g_mutex_clear);
  acquire(mutex);
  library(mutex);
}

void g_rec_mutex_clear(GRecMutex* mutex) {
  LIBRARY(g_rec_mutex_clear);
  acquire(mutex);
  library(mutex);
}

void g_cond_wait(GCond* condition, GMutex* mutex) {
  LIBRARY(g_cond_wait);
  release(mutex);
  library(condition, mutex);
  acquire(mutex);
}

gboolean g_cond_wait_until(GCond* condition, GMutex* mutex, gint64 end) {
  LIBRARY(g_cond_wait_until);
  release(mutex);
  const gboolean woken = library(condition, mutex, end);
  acquire(mutex);
  return woken;
}

// ---- Made once ----------------------------------------------------------------------------------

void(g_once_init_leave)(volatile void* location, gsize result) {
  LIBRARY(g_once_init_leave);
  release(const_cast<void*>(location));
  library(location, result);
}

// ---- Objects: the last to let go of one sees what all others did with it ------------------------

void gst_mini_object_unref(GstMiniObject* object) {
  LIBRARY(gst_mini_object_unref);
  release(object);
  acquire(object);
  library(object);
}

void g_object_unref(gpointer object) {
  LIBRARY(g_object_unref);
  release(object);
  acquire(object);
  library(object);
}

// ---- Queues -------------------------------------------------------------------------------------

void g_async_queue_push(GAsyncQueue* queue, gpointer item) {
  LIBRARY(g_async_queue_push);
  release(queue);
  library(queue, item);
}

gpointer g_async_queue_pop(GAsyncQueue* queue) {
  LIBRARY(g_async_queue_pop);
  gpointer item = library(queue);
  acquire(queue);
  return item;
}

gpointer g_async_queue_try_pop(GAsyncQueue* queue) {
  LIBRARY(g_async_queue_try_pop);
  gpointer item = library(queue);
  acquire(queue);
  return item;
}

gpointer g_async_queue_timeout_pop(GAsyncQueue* queue, guint64 microseconds) {
  LIBRARY(g_async_queue_timeout_pop);
  gpointer item = library(queue, microseconds);
  acquire(queue);
  return item;
}

// A buffer may have been another's before; its address was released with the last reference.
GstFlowReturn gst_buffer_pool_acquire_buffer(GstBufferPool* pool, GstBuffer** buffer,
                                             GstBufferPoolAcquireParams* parameters) {
  LIBRARY(gst_buffer_pool_acquire_buffer);
  const GstFlowReturn flow = library(pool, buffer, parameters);
  if (flow == GST_FLOW_OK) acquire(*buffer);
  return flow;
}

// ---- Messages -----------------------------------------------------------------------------------

gboolean gst_element_post_message(GstElement* element, GstMessage* message) {
  LIBRARY(gst_element_post_message);
  release(message);
  return library(element, message);
}

GstMessage* gst_bus_timed_pop_filtered(GstBus* bus, GstClockTime timeout, GstMessageType types) {
  LIBRARY(gst_bus_timed_pop_filtered);
  GstMessage* message = library(bus, timeout, types);
  if (message != nullptr) acquire(message);
  return message;
}

}  // extern "C"
