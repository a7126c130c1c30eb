// SPDX-License-Identifier: MIT
// Owns how long an element works on a frame, as it tells the pipeline.
#pragma once

#include <gst/gst.h>

#include <vector>

namespace ganface::gst {

/// The times that the last thousand frames took, and what was said of them in answer to a latency
/// query: said anew only when they clearly differ.
class ProcessingTime {
 public:
  /// Milliseconds from taking up a frame to its end.
  void add(double ms);
  /// Of the last thousand frames; share 0 to 1.
  double percentile_ms(double share) const;

  static constexpr guint64 kRenewEach = 16;  ///< frames between two calls of renew()
  /// Whether frames take clearly longer, or much less long, than was said; then that is said
  /// from now on, and the pipeline is to be told.
  bool renew();
  GstClockTime said() const {
    return static_cast<GstClockTime>(said_ms_ * static_cast<double>(GST_MSECOND));
  }

 private:
  std::vector<double> window_;
  size_t next_ = 0;
  double said_ms_ = 0;
};

/// Adds what an element takes to the answer to a latency query.
inline void add_latency(GstQuery* query, GstClockTime own) {
  gboolean live = FALSE;
  GstClockTime least = 0, most = 0;
  gst_query_parse_latency(query, &live, &least, &most);
  if (GST_CLOCK_TIME_IS_VALID(most)) most += own;
  gst_query_set_latency(query, live, least + own, most);
}

/// Tells the pipeline that an element's latency is another one.
inline void post_latency(GstElement* element) {
  gst_element_post_message(element, gst_message_new_latency(GST_OBJECT(element)));
}

}  // namespace ganface::gst
