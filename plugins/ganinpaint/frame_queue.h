// SPDX-License-Identifier: MIT
// Owns the queue in front of a repair: frames wait there until a batch is complete, events keep
// their place between them.
#pragma once

#include <gst/gst.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace ganface::gst {

/// Hands the frames, serialized events and serialized queries of a stream from the thread that
/// brings them to the one that works on them, in their order, frames in batches.
class FrameQueue {
 public:
  using Clock = std::chrono::steady_clock;

  /// What take() found: frames, or else one event or query, or nothing when flushing.
  struct Batch {
    std::vector<GstBuffer*> frames;  // owned by the caller
    GstEvent* event = nullptr;       // owned by the caller
    GstQuery* query = nullptr;       // answer it, then call answered()
  };

  ~FrameQueue() { clear(); }

  /// Takes ownership. Waits while `capacity` frames are held. False when flushing: the frame is
  /// gone.
  bool push_frame(GstBuffer* frame, size_t capacity);
  /// Takes ownership. False when flushing.
  bool push_event(GstEvent* event);
  /// Waits until everything before it is done and the query answered; its answer. False when
  /// flushing.
  bool push_query(GstQuery* query);

  /// Waits for `size` frames, or as many as there are when an event or a query follows them or
  /// `timeout` is over since the first of them came.
  Batch take(size_t size, std::chrono::milliseconds timeout);
  void answered(bool result);

  /// While flushing nothing is taken in and nobody waits.
  void set_flushing(bool flushing);
  bool flushing();
  /// Drops all that is held, as when the element stops.
  void clear();
  /// Drops what a flush drops: all but the sticky events that stay on pads, as caps and the start
  /// of a stream do. Nobody would send those again.
  void flush();

 private:
  struct Item {
    GstMiniObject* object;
    Clock::time_point arrival;
    bool is_frame() const { return GST_IS_BUFFER(object); }
    bool outlasts_a_flush() const;
  };
  void push(GstMiniObject* object);
  size_t leading_frames() const;
  template <typename Predicate>
  void drop_all_but(Predicate keeps);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  size_t frames_ = 0;
  bool flushing_ = true;
  GstQuery* asked_ = nullptr;
  bool answer_ = false;
};

}  // namespace ganface::gst
