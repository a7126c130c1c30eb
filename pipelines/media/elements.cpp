// SPDX-License-Identifier: MIT
// Owns the making of GStreamer elements, and what to install when one is missing.
#include "media/elements.h"

#include <ganface/error.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include "media/owned.h"

namespace ganface::media {
namespace {

constexpr const char* kPartKey = "ganface-part";

struct Package {
  const char* name;
  std::array<std::string_view, 14> elements;
};

// Of Debian 12. Elements that are in none are of GStreamer's core and base plugins.
constexpr std::array kPackages{
    Package{
        "gstreamer1.0-plugins-good",
        {"deinterlace", "videoflip", "capssetter", "gdkpixbufdec", "multifilesrc", "multifilesink",
         "mp4mux", "qtmux", "matroskamux", "webmmux", "avimux", "flvmux", "vp9enc", "lamemp3enc"}},
    Package{"gstreamer1.0-plugins-good", {"pngenc", "jpegenc"}},
    Package{"gstreamer1.0-plugins-bad", {"mpegtsmux", "jifmux", "jpegparse", "webpenc"}},
    Package{"gstreamer1.0-plugins-ugly", {"x264enc"}},
    Package{"gstreamer1.0-libav", {"avenc_aac", "avenc_bmp", "avenc_tiff"}},
};

std::string package_of(std::string_view element) {
  for (const Package& package : kPackages)
    if (std::find(package.elements.begin(), package.elements.end(), element) !=
        package.elements.end())
      return package.name;
  return "gstreamer1.0-plugins-base";
}

std::string factory_of(const std::string& description) {
  return description.substr(0, description.find(' '));
}

LeaveProcess leave_process = nullptr;

std::string_view message_of(const GLogField* fields, gsize count) {
  for (gsize i = 0; i < count; ++i)
    if (std::string_view(fields[i].key) == "MESSAGE")
      return static_cast<const char*>(fields[i].value);
  return "GLib cannot go on";
}

// GLib's own writer ends in abort() when a message is an error, and GStreamer waits for ever for a
// thread that it could only warn of. Nothing is allocated here.
GLogWriterOutput write_or_leave(GLogLevelFlags level, const GLogField* fields, gsize count,
                                gpointer) {
  const std::string_view message = message_of(fields, count);
  const auto says = [message](const char* words) {
    return message.find(words) != std::string_view::npos;
  };
  if (says("failed to create thread"))
    leave_process(
        "GStreamer cannot start a thread; raise the limit of processes (ulimit -u), or do less at "
        "a time (--jobs)",
        ErrorCode::kDevice);
  else if ((level & (G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL)) != 0)
    leave_process(message.data(), says("failed to allocate") || says("out of memory")
                                      ? ErrorCode::kMemory
                                      : ErrorCode::kInternal);
  return g_log_writer_default(level, fields, count, nullptr);
}

}  // namespace

void start_gstreamer(LeaveProcess leave) {
  // GLib takes a second writer for a defect.
  static const bool is_written [[maybe_unused]] = [leave] {
    leave_process = leave;
    g_log_set_writer_func(write_or_leave, nullptr, nullptr);
    return true;
  }();
  GError* error = nullptr;
  if (gst_init_check(nullptr, nullptr, &error) != FALSE) return;
  const Owned<GError> owned(error);
  throw Error(ErrorCode::kInternal, std::string("GStreamer does not start: ") +
                                        (error != nullptr ? error->message : "no reason given"));
}

GstElement* add_element(GstBin* bin, const std::string& description, Part part) {
  const std::string factory = factory_of(description);
  GstElement* element = gst_element_factory_make(factory.c_str(), nullptr);
  if (element == nullptr)
    throw Error(ErrorCode::kUnsupported, "the GStreamer element '" + factory +
                                             "' is not installed; install the package " +
                                             package_of(factory));
  std::istringstream words(description.substr(factory.size()));
  words.exceptions(std::ios::badbit);  // without memory it would end early
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    gst_util_set_object_arg(G_OBJECT(element), word.substr(0, equals).c_str(),
                            word.substr(equals + 1).c_str());
  }
  g_object_set_data(G_OBJECT(element), kPartKey, GINT_TO_POINTER(static_cast<gint>(part)));
  gst_bin_add(bin, element);
  return element;
}

Part part_of(GstObject* object) {
  for (; object != nullptr; object = GST_OBJECT_PARENT(object)) {
    const gpointer part = g_object_get_data(G_OBJECT(object), kPartKey);
    if (part != nullptr) return static_cast<Part>(GPOINTER_TO_INT(part));
  }
  return Part::kOther;
}

void link(GstElement* from, GstElement* to) {
  if (gst_element_link(from, to) == FALSE)
    throw Error(ErrorCode::kInternal, std::string("cannot link ") + GST_ELEMENT_NAME(from) +
                                          " to " + GST_ELEMENT_NAME(to));
}

}  // namespace ganface::media
