// SPDX-License-Identifier: MIT
// Owns what GLib, GStreamer and the elements complain about on their logs.
#include "complaints.h"

#include <gst/gst.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace ganface::soak {
namespace {

constexpr size_t kMostKept = 20;

// What GStreamer 1.22's own elements log in passing: when they decode a picture, and of a seek that
// comes by both ways of a tee.
const char* const kInPassing[] = {"basesrc: pad not activated yet",
                                  "video-info: invalid matrix 0 for RGB format, using RGB",
                                  "basesrc: duplicate event found"};

// What it says of a thread that is just about to send something into a pad that stops or is
// flushed: data, or the latency that a pipeline has just asked for.
const char* const kOfStops[] = {
    "GST_PADS: could not send sticky events",
    "basesink: Push on pad sink:sink, but it was not activated in push mode",
    "bin: did not really configure latency of "};

template <size_t kCount>
bool begins_with_one_of(const char* const (&list)[kCount], const std::string& text) {
  return std::any_of(std::begin(list), std::end(list),
                     [&](const char* begin) { return text.rfind(begin, 0) == 0; });
}

GLogWriterOutput note_glib(GLogLevelFlags level, const GLogField* fields, gsize count,
                           gpointer data) {
  constexpr int kGrave = G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR;
  if ((level & kGrave) != 0) {
    std::string domain, message;
    for (gsize i = 0; i < count; ++i) {
      const auto* value = static_cast<const char*>(fields[i].value);
      const std::string text =
          fields[i].length < 0 ? value : std::string(value, static_cast<size_t>(fields[i].length));
      if (std::strcmp(fields[i].key, "GLIB_DOMAIN") == 0) domain = text;
      if (std::strcmp(fields[i].key, "MESSAGE") == 0) message = text;
    }
    static_cast<Complaints*>(data)->add(domain + ": " + message);
  }
  return g_log_writer_default(level, fields, count, nullptr);
}

void note_gstreamer(GstDebugCategory* category, GstDebugLevel level, const gchar*, const gchar*,
                    gint, GObject*, GstDebugMessage* message, gpointer data) {
  if (level > GST_LEVEL_WARNING) return;
  const std::string text =
      std::string(gst_debug_category_get_name(category)) + ": " + gst_debug_message_get(message);
  auto& complaints = *static_cast<Complaints*>(data);
  if (begins_with_one_of(kInPassing, text)) return;
  if (complaints.is_stopping() && begins_with_one_of(kOfStops, text)) return;
  complaints.add(text);
}

}  // namespace

Complaints::Complaints() {
  g_log_set_writer_func(note_glib, this, nullptr);
  gst_debug_add_log_function(note_gstreamer, this, nullptr);
  // The threshold of a category that GST_DEBUG names, as the leaks tracer's, stays.
  if (gst_debug_get_default_threshold() < GST_LEVEL_WARNING)
    gst_debug_set_default_threshold(GST_LEVEL_WARNING);
}

void Complaints::add(const std::string& text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++count_;
  if (first_.size() >= kMostKept || std::find(first_.begin(), first_.end(), text) != first_.end())
    return;
  first_.push_back(text);
  std::printf("COMPLAINT: %s\n", text.c_str());
  std::fflush(stdout);
}

uint64_t Complaints::count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return count_;
}

std::vector<std::string> Complaints::first() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return first_;
}

}  // namespace ganface::soak
