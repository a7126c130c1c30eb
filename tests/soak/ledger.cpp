// SPDX-License-Identifier: MIT
// Owns the account of the frames that went into a chain of elements and came out of it.
#include "ledger.h"

namespace ganface::soak {

void Ledger::went_in(GstBuffer* frame) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++totals_.in;
  entries_.push_back(
      {GST_BUFFER_OFFSET(frame), GST_BUFFER_PTS(frame), gst_buffer_get_size(frame), false});
}

void Ledger::came_out(GstBuffer* frame) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const guint64 id = GST_BUFFER_OFFSET(frame);
  while (!entries_.empty() && entries_.front().id < id) drop_front();
  if (entries_.empty() || entries_.front().id != id) {
    count_wrong("frame " + std::to_string(id) + " came out, twice or before an earlier one");
    return;
  }
  const Entry entry = entries_.front();
  entries_.pop_front();
  ++totals_.out;
  if (entry.pts != GST_BUFFER_PTS(frame) || entry.size != gst_buffer_get_size(frame))
    count_wrong("frame " + std::to_string(id) + " came out with another time stamp or size");
}

void Ledger::flushed() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Entry& entry : entries_) entry.may_be_gone = true;
}

void Ledger::stopped() {
  const std::lock_guard<std::mutex> lock(mutex_);
  totals_.flushed += entries_.size();
  entries_.clear();
  late_.clear();
}

void Ledger::ended() {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!entries_.empty()) drop_front();
}

void Ledger::told_late(GstClockTime pts) {
  const std::lock_guard<std::mutex> lock(mutex_);
  late_.insert(pts);
}

size_t Ledger::on_the_way() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return entries_.size();
}

Ledger::Totals Ledger::totals() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return totals_;
}

// The oldest frame did not come out.
void Ledger::drop_front() {
  const Entry entry = entries_.front();
  entries_.pop_front();
  const auto told = late_.find(entry.pts);
  if (told != late_.end()) {
    late_.erase(told);
    ++totals_.late;
  } else if (entry.may_be_gone) {
    ++totals_.flushed;
  } else {
    count_wrong("frame " + std::to_string(entry.id) + " never came out");
  }
}

void Ledger::count_wrong(const std::string& what) {
  ++totals_.wrong;
  if (totals_.first_wrong.empty()) totals_.first_wrong = what;
}

}  // namespace ganface::soak
