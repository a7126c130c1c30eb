// SPDX-License-Identifier: MIT
// Owns the queue in front of a repair.
#include "ganinpaint/frame_queue.h"

#include <algorithm>
#include <utility>

namespace ganface::gst {

void FrameQueue::push(GstMiniObject* object) {
  try {
    items_.push_back({object, Clock::now()});
  } catch (...) {
    if (!GST_IS_QUERY(object)) gst_mini_object_unref(object);
    throw;
  }
  changed_.notify_all();
}

bool FrameQueue::push_frame(GstBuffer* frame, size_t capacity) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return flushing_ || frames_ < std::max<size_t>(capacity, 1); });
  if (flushing_) {
    gst_buffer_unref(frame);
    return false;
  }
  push(GST_MINI_OBJECT_CAST(frame));
  ++frames_;
  return true;
}

bool FrameQueue::push_event(GstEvent* event) {
  const std::lock_guard lock(mutex_);
  if (flushing_) {
    gst_event_unref(event);
    return false;
  }
  push(GST_MINI_OBJECT_CAST(event));
  return true;
}

bool FrameQueue::push_query(GstQuery* query) {
  std::unique_lock lock(mutex_);
  if (flushing_) return false;
  push(GST_MINI_OBJECT_CAST(query));
  asked_ = query;
  changed_.wait(lock, [&] { return flushing_ || asked_ != query; });
  if (asked_ != query) return answer_;
  // The worker has not begun on it, or it has: then it ends, since downstream is flushing too.
  const auto waiting = std::find_if(items_.begin(), items_.end(), [&](const Item& item) {
    return item.object == GST_MINI_OBJECT_CAST(query);
  });
  if (waiting != items_.end()) {
    items_.erase(waiting);
    asked_ = nullptr;
    return false;
  }
  changed_.wait(lock, [&] { return asked_ != query; });
  return answer_;
}

size_t FrameQueue::leading_frames() const {
  const auto end =
      std::find_if(items_.begin(), items_.end(), [](const Item& item) { return !item.is_frame(); });
  return static_cast<size_t>(end - items_.begin());
}

FrameQueue::Batch FrameQueue::take(size_t size, std::chrono::milliseconds timeout) {
  Batch batch;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return flushing_ || !items_.empty(); });
  if (flushing_) return batch;
  if (items_.front().is_frame()) {
    const auto complete = [&] {
      const size_t frames = leading_frames();
      return flushing_ || frames >= size || frames < items_.size();
    };
    changed_.wait_until(lock, items_.front().arrival + timeout, complete);
    if (flushing_) return batch;
    for (size_t count = std::min(leading_frames(), size); count > 0; --count) {
      batch.frames.push_back(GST_BUFFER_CAST(items_.front().object));
      items_.pop_front();
      --frames_;
    }
  } else {
    GstMiniObject* object = items_.front().object;
    items_.pop_front();
    if (GST_IS_QUERY(object))
      batch.query = GST_QUERY_CAST(object);
    else
      batch.event = GST_EVENT_CAST(object);
  }
  changed_.notify_all();
  return batch;
}

void FrameQueue::answered(bool result) {
  const std::lock_guard lock(mutex_);
  answer_ = result;
  asked_ = nullptr;
  changed_.notify_all();
}

void FrameQueue::set_flushing(bool flushing) {
  const std::lock_guard lock(mutex_);
  flushing_ = flushing;
  changed_.notify_all();
}

bool FrameQueue::flushing() {
  const std::lock_guard lock(mutex_);
  return flushing_;
}

bool FrameQueue::Item::outlasts_a_flush() const {
  if (!GST_IS_EVENT(object)) return false;
  const auto* event = GST_EVENT_CAST(object);
  return GST_EVENT_IS_STICKY(event) && GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT &&
         GST_EVENT_TYPE(event) != GST_EVENT_EOS;
}

template <typename Predicate>
void FrameQueue::drop_all_but(Predicate keeps) {
  const std::lock_guard lock(mutex_);
  std::deque<Item> kept;
  for (const Item& item : items_) {
    if (keeps(item)) {
      kept.push_back(item);
    } else if (GST_IS_QUERY(item.object)) {
      answer_ = false;
      asked_ = nullptr;
    } else {
      gst_mini_object_unref(item.object);
    }
  }
  items_ = std::move(kept);
  frames_ = 0;
  changed_.notify_all();
}

void FrameQueue::clear() {
  drop_all_but([](const Item&) { return false; });
}

void FrameQueue::flush() {
  drop_all_but([](const Item& item) { return item.outlasts_a_flush(); });
}

}  // namespace ganface::gst
