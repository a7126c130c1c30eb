// SPDX-License-Identifier: MIT
// Owns the reading of a media file up to its elementary streams: found, parsed, not yet decoded.
#include "media/media_source.h"

#include <ganface/error.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "media/elements.h"
#include "media/file_type.h"

namespace ganface::media {
namespace {

// While streams are searched for; the search is short, and a file that is nothing but one stream
// must not be read to its end.
constexpr const char* kHoldingQueue =
    "queue max-size-buffers=0 max-size-time=0 max-size-bytes=67108864";
constexpr guint kFlowingBytes = 10 << 20;

// multifilesrc has to be told what its files are.
Owned<GstCaps> caps_of_file(const std::string& file) {
  const std::string type = media_type_of(file);
  if (type.rfind("image/", 0) != 0)
    throw Error(ErrorCode::kInput, "'" + file + "' is not an image");
  return Owned<GstCaps>(gst_caps_new_empty_simple(type.c_str()));
}

// "25", "30000/1001", or "29.97", which stands for that fraction: frames, and in how many seconds.
std::pair<int, int> framerate_of(const std::string& text) {
  constexpr double kLeast = 0.001, kMost = 1000;
  int frames = 0, seconds = 1;
  GValue fraction = G_VALUE_INIT;
  g_value_init(&fraction, GST_TYPE_FRACTION);
  if (gst_value_deserialize(&fraction, text.c_str()) != FALSE) {
    frames = gst_value_get_fraction_numerator(&fraction);
    seconds = gst_value_get_fraction_denominator(&fraction);
  } else {
    gchar* end = nullptr;
    const double rate = g_ascii_strtod(text.c_str(), &end);
    const bool is_rate = end != text.c_str() && *end == '\0' && rate >= kLeast && rate <= kMost;
    const GstClockTime duration = is_rate ? static_cast<GstClockTime>(GST_SECOND / rate) : 0;
    constexpr double kRounding = 0.005;  // of two digits behind the point
    if (is_rate && (gst_video_guess_framerate(duration, &frames, &seconds) == FALSE ||
                    std::abs(static_cast<double>(frames) / seconds - rate) > kRounding))
      gst_util_double_to_fraction(rate, &frames, &seconds);
  }
  g_value_unset(&fraction);
  const double rate = static_cast<double>(frames) / seconds;
  if (rate >= kLeast && rate <= kMost) return {frames, seconds};
  throw Error(ErrorCode::kUsage, "--framerate '" + text +
                                     "': expected 0.001 to 1000 frames a second, as a number or "
                                     "a fraction like 30000/1001");
}

// A demuxer that knows the length from the container's header; others take it from the data that is
// there, or guess it from a bitrate.
bool states_duration(GstElement* parser) {
  if (!GST_IS_BIN(parser)) return false;
  constexpr std::string_view kKnown[] = {"qtdemux", "matroskademux", "avidemux", "flvdemux"};
  bool states = false;
  GstIterator* elements = gst_bin_iterate_elements(GST_BIN(parser));
  GValue item = G_VALUE_INIT;
  while (gst_iterator_next(elements, &item) == GST_ITERATOR_OK) {
    GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(g_value_get_object(&item)));
    if (factory != nullptr)
      states |= std::find(std::begin(kKnown), std::end(kKnown), GST_OBJECT_NAME(factory)) !=
                std::end(kKnown);
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(elements);
  return states;
}

Owned<GstCaps> caps_in(GstElement* queue) {
  const Owned<GstPad> sink(gst_element_get_static_pad(queue, "sink"));
  return Owned<GstCaps>(gst_pad_get_current_caps(sink.get()));
}

bool is_demuxer(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory != nullptr &&
         gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_DEMUXER) != FALSE;
}

}  // namespace

std::string FrameFiles::file(int n) const {
  return take_text(g_strdup_printf(pattern.c_str(), first + n));
}

const char* MediaStream::media_type() const {
  return gst_structure_get_name(gst_caps_get_structure(caps.get(), 0));
}

bool MediaStream::is(const char* prefix) const {
  return std::string_view(media_type()).rfind(prefix, 0) == 0;
}

MediaSource::MediaSource(GstBin* pipeline, const std::string& file) : pipeline_(pipeline) {
  GstElement* source = add_element(pipeline, "filesrc", Part::kInput);
  g_object_set(source, "location", file.c_str(), nullptr);
  // The demuxer of GIF, libav's, reads them for ever.
  if (media_type_of(file) == "image/gif")
    add_whole_picture(source);
  else
    add_parser(source);
}

MediaSource::MediaSource(GstBin* pipeline, const FrameFiles& files) : pipeline_(pipeline) {
  const Owned<GstCaps> caps = caps_of_file(files.file(0));
  GstElement* source = add_element(pipeline, "multifilesrc", Part::kInput);
  const auto [frames, seconds] = framerate_of(files.framerate);
  gst_caps_set_simple(caps.get(), "framerate", GST_TYPE_FRACTION, frames, seconds, nullptr);
  g_object_set(source, "location", files.pattern.c_str(), "start-index", files.first, "stop-index",
               files.first + files.count - 1, "caps", caps.get(), nullptr);
  add_parser(source);
}

void MediaSource::add_parser(GstElement* source) {
  parser_ = add_element(pipeline_, "parsebin", Part::kInput);
  link(source, parser_);
  g_signal_connect(parser_, "pad-added", G_CALLBACK(+[](GstElement*, GstPad* pad, gpointer self) {
                     static_cast<MediaSource*>(self)->stream_found(pad);
                   }),
                   this);
  // parsebin shows pads as they come, and in some formats further ones when data already flow.
  g_signal_connect(parser_, "deep-element-added",
                   G_CALLBACK(+[](GstBin*, GstBin*, GstElement* element, gpointer self) {
                     if (!is_demuxer(element)) return;
                     ++static_cast<MediaSource*>(self)->searching_;
                     g_signal_connect(element, "no-more-pads",
                                      G_CALLBACK(+[](GstElement*, gpointer source) {
                                        --static_cast<MediaSource*>(source)->searching_;
                                      }),
                                      self);
                   }),
                   this);
  g_signal_connect(parser_, "no-more-pads", G_CALLBACK(+[](GstElement*, gpointer self) {
                     static_cast<MediaSource*>(self)->shown();
                   }),
                   this);
}

// For gdkpixbufdec, which tells by the content what it reads, and takes caps of few types.
void MediaSource::add_whole_picture(GstElement* source) {
  parser_ = add_element(pipeline_, "typefind force-caps=image/bmp", Part::kInput);
  link(source, parser_);
  const Owned<GstPad> pad(gst_element_get_static_pad(parser_, "src"));
  add_stream(pad.get(), Owned<GstCaps>(gst_caps_new_empty_simple("image/bmp")));
  all_are_known();
}

void MediaSource::stream_found(GstPad* pad) {
  try {
    Owned<GstCaps> caps(gst_pad_query_caps(pad, nullptr));
    if (!gst_caps_is_empty(caps.get()) && !gst_caps_is_any(caps.get()))
      add_stream(pad, std::move(caps));
  } catch (...) {
    // A thread of GStreamer's, through which nothing may be thrown.
    {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    all_are_known();
  }
}

void MediaSource::check() {
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

void MediaSource::add_stream(GstPad* pad, Owned<GstCaps> caps) {
  MediaStream stream;
  stream.caps = std::move(caps);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      // Nobody links it: the demuxer passes over its packets.
      return post(
          gst_structure_new(kStreamIsLate, "type", G_TYPE_STRING, stream.media_type(), nullptr));
    }
  }
  stream.queue = add_element(pipeline_, kHoldingQueue, Part::kOther);
  stream.pad.reset(gst_element_get_static_pad(stream.queue, "src"));
  // Events too: an element that is linked but not yet running refuses them, and with them the data.
  stream.block = gst_pad_add_probe(
      stream.pad.get(), GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_OK; }, nullptr, nullptr);
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer self) {
        if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS)
          static_cast<MediaSource*>(self)->all_are_known();
        return GST_PAD_PROBE_OK;
      },
      this, nullptr);
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad* passed, GstPadProbeInfo* info, gpointer self) {
        auto* source = static_cast<MediaSource*>(self);
        source->has_data_ = true;
        source->packet_passed(passed, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
      },
      this, nullptr);
  const Owned<GstPad> sink(gst_element_get_static_pad(stream.queue, "sink"));
  gst_pad_link(pad, sink.get());
  gst_element_sync_state_with_parent(stream.queue);
  const std::lock_guard lock(mutex_);
  streams_.push_back(std::move(stream));
}

void MediaSource::shown() {
  if (searching_ <= 0) all_are_known();
}

void MediaSource::all_are_known() {
  if (!known_.exchange(true)) post(gst_structure_new_empty(kStreamsKnown));
}

void MediaSource::post(GstStructure* message) {
  gst_element_post_message(parser_, gst_message_new_application(GST_OBJECT(parser_), message));
}

bool MediaSource::has_caps() {
  const std::lock_guard lock(mutex_);
  return std::all_of(streams_.begin(), streams_.end(),
                     [](const MediaStream& stream) { return caps_in(stream.queue) != nullptr; });
}

const std::vector<MediaStream>& MediaSource::close_streams() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (MediaStream& stream : streams_)
    if (Owned<GstCaps> caps = caps_in(stream.queue)) stream.caps = std::move(caps);
  return streams_;
}

void MediaSource::packet_passed(GstPad* pad, GstBuffer* buffer) {
  ++packets_;
  // AVI has times of decoding only.
  GstClockTime end = GST_BUFFER_DTS_OR_PTS(buffer);
  if (GST_BUFFER_PTS_IS_VALID(buffer)) end = GST_BUFFER_PTS(buffer);
  if (!GST_CLOCK_TIME_IS_VALID(end)) return;
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) end += GST_BUFFER_DURATION(buffer);
  const Owned<GstEvent> event(gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0));
  if (!event) return;
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event.get(), &segment);
  if (segment->format != GST_FORMAT_TIME || end < segment->start) return;
  end = end - segment->start + segment->time;
  for (GstClockTime known = end_of_data_; known < end;)
    if (end_of_data_.compare_exchange_weak(known, end)) break;
}

void MediaSource::release() {
  for (MediaStream& stream : streams_) {
    g_object_set(stream.queue, "max-size-bytes", kFlowingBytes, nullptr);
    if (stream.block != 0) gst_pad_remove_probe(stream.pad.get(), stream.block);
    stream.block = 0;
  }
}

std::optional<GstClockTime> MediaSource::stated_duration() const {
  gint64 duration = -1;
  if (streams_.empty() || !states_duration(parser_)) return std::nullopt;
  for (const MediaStream& stream : streams_) {
    gint64 of_stream = -1;
    if (gst_pad_query_duration(stream.pad.get(), GST_FORMAT_TIME, &of_stream) != FALSE)
      duration = std::max(duration, of_stream);
  }
  if (duration <= 0) return std::nullopt;
  return static_cast<GstClockTime>(duration);
}

}  // namespace ganface::media
