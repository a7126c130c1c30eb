// SPDX-License-Identifier: MIT
// Owns the account of the frames that went into a chain of elements and came out of it.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <string>

namespace ganface::soak {

/// Every frame that goes in has to come out, in its order, of its size and with its time stamp, but
/// those that a flush or a stop met on the way, and those that an element told the bus it dropped
/// for being late. Frames are known by their GST_BUFFER_OFFSET, which is unique.
class Ledger {
 public:
  struct Totals {
    uint64_t in = 0, out = 0;
    uint64_t flushed = 0;  ///< met by a flush or a stop, and gone
    uint64_t late = 0;     ///< dropped with a QOS message
    uint64_t wrong = 0;    ///< missing, out of order or changed in size or time
    std::string first_wrong;
  };

  void went_in(GstBuffer* frame);
  void came_out(GstBuffer* frame);
  /// A flush has begun or ended at the sink: what is on its way may be gone.
  void flushed();
  /// The elements have stopped: what was on its way is gone.
  void stopped();
  /// The stream has ended at the sink: everything has to be out.
  void ended();
  /// An element says that it dropped a frame of this time stamp.
  void told_late(GstClockTime pts);

  size_t on_the_way() const;
  Totals totals() const;

 private:
  struct Entry {
    guint64 id;
    GstClockTime pts;
    gsize size;
    bool may_be_gone;
  };
  void drop_front();
  void count_wrong(const std::string& what);

  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::multiset<GstClockTime> late_;
  Totals totals_;
};

}  // namespace ganface::soak
