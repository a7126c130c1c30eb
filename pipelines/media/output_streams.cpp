// SPDX-License-Identifier: MIT
// Owns the end of a pipeline: encoder, muxer, file, and the tracks that pass by the repair.
#include "media/output_streams.h"

#include <ganface/error.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "media/edge_padding.h"
#include "media/elements.h"
#include "media/subtitle_text.h"

namespace ganface::media {
namespace {

// A muxer waits for all of its tracks. Bounded queues in front of it would block, and the demuxer
// with them, where a file holds its tracks far apart; encoded media is small enough to keep.
constexpr const char* kUnboundedQueue = "queue max-size-buffers=0 max-size-bytes=0 max-size-time=0";

// Whether a muxer has given away the one pad of a template: FLV holds one track of a kind.
bool is_taken(GstElement* muxer, GstPadTemplate* wanted) {
  if (std::strchr(GST_PAD_TEMPLATE_NAME_TEMPLATE(wanted), '%') != nullptr) return false;
  for (GList* item = muxer->sinkpads; item != nullptr; item = item->next)
    if (GST_PAD_PAD_TEMPLATE(static_cast<GstPad*>(item->data)) == wanted) return true;
  return false;
}

GstPadTemplate* request_template(GstElement* muxer, GstCaps* caps) {
  for (GList* item = gst_element_class_get_pad_template_list(GST_ELEMENT_GET_CLASS(muxer));
       item != nullptr; item = item->next) {
    auto* candidate = static_cast<GstPadTemplate*>(item->data);
    if (GST_PAD_TEMPLATE_DIRECTION(candidate) == GST_PAD_SINK &&
        GST_PAD_TEMPLATE_PRESENCE(candidate) != GST_PAD_ALWAYS &&
        gst_caps_can_intersect(GST_PAD_TEMPLATE_CAPS(candidate), caps) != FALSE &&
        !is_taken(muxer, candidate))
      return candidate;
  }
  return nullptr;
}

GstPadTemplate* source_template(GstElementFactory* factory) {
  return gst_element_class_get_pad_template(
      GST_ELEMENT_CLASS(g_type_class_ref(gst_element_factory_get_element_type(factory))), "src");
}

// The parser that turns a stream into another form of the same codec, which the muxer takes: AAC
// out of a transport stream has no place in MP4, the same packets without ADTS headers do.
std::string parser_between(GstCaps* caps, GstElement* muxer, GstPadTemplate** to) {
  GList* parsers = gst_element_factory_list_get_elements(GST_ELEMENT_FACTORY_TYPE_PARSER,
                                                         static_cast<GstRank>(GST_RANK_NONE + 1));
  std::string name;
  for (GList* item = parsers; item != nullptr && name.empty(); item = item->next) {
    auto* factory = GST_ELEMENT_FACTORY(item->data);
    if (gst_element_factory_can_sink_any_caps(factory, caps) == FALSE) continue;
    const Owned<GstElementFactory> loaded(
        GST_ELEMENT_FACTORY(gst_plugin_feature_load(GST_PLUGIN_FEATURE(factory))));
    GstPadTemplate* source = loaded ? source_template(loaded.get()) : nullptr;
    if (source == nullptr) continue;
    *to = request_template(muxer, GST_PAD_TEMPLATE_CAPS(source));
    if (*to != nullptr) name = GST_OBJECT_NAME(loaded.get());
  }
  gst_plugin_feature_list_free(parsers);
  return name;
}

// Has videocrop take the last column and row of an odd size off.
GstPadProbeReturn make_even(GstPad*, GstPadProbeInfo* info, gpointer crop) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  gint width = 0, height = 0;
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  gst_structure_get_int(structure, "width", &width);
  gst_structure_get_int(structure, "height", &height);
  g_object_set(crop, "right", width % 2, "bottom", height % 2, nullptr);
  return GST_PAD_PROBE_OK;
}

template <bool keep_tags>
GstPadProbeReturn write_plain(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  std::string markup(gst_buffer_get_size(buffer), '\0');
  gst_buffer_extract(buffer, 0, markup.data(), markup.size());
  const std::string text = plain_subtitle(markup, keep_tags);
  GstBuffer* plain = gst_buffer_new_allocate(nullptr, text.size(), nullptr);
  gst_buffer_fill(plain, 0, text.data(), text.size());
  gst_buffer_copy_into(
      plain, buffer,
      static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0,
      static_cast<gsize>(-1));
  GST_PAD_PROBE_INFO_DATA(info) = plain;
  gst_buffer_unref(buffer);
  return GST_PAD_PROBE_OK;
}

}  // namespace

void link_stream(const MediaStream& stream, GstElement* to) {
  const Owned<GstPad> sink(gst_element_get_static_pad(to, "sink"));
  if (GST_PAD_LINK_FAILED(gst_pad_link(stream.pad.get(), sink.get())))
    throw Error(ErrorCode::kInternal, std::string("cannot link a stream of type ") +
                                          stream.media_type() + " to " + GST_ELEMENT_NAME(to));
}

void add_decoder(GstBin* pipeline, GstElement* from, const char* type, GstElement* to) {
  GstElement* decoder = add_element(pipeline, "decodebin force-sw-decoders=true", Part::kInput);
  link(from, decoder);
  g_object_set_data(G_OBJECT(decoder), "ganface-type", const_cast<char*>(type));
  g_signal_connect(
      decoder, "pad-added", G_CALLBACK(+[](GstElement* source, GstPad* pad, gpointer target) {
        const auto* wanted =
            static_cast<const char*>(g_object_get_data(G_OBJECT(source), "ganface-type"));
        const Owned<GstCaps> caps(gst_pad_query_caps(pad, nullptr));
        const Owned<GstPad> sink(gst_element_get_static_pad(GST_ELEMENT(target), "sink"));
        const std::string_view found(gst_structure_get_name(gst_caps_get_structure(caps.get(), 0)));
        if (found.rfind(wanted, 0) == 0 && gst_pad_is_linked(sink.get()) == FALSE)
          gst_pad_link(pad, sink.get());
      }),
      to);
}

OutputStreams::OutputStreams(GstBin* pipeline, const OutputFormat& format, const std::string& sink,
                             Note note)
    : pipeline_(pipeline), format_(format), note_(std::move(note)) {
  sink_ = add_element(pipeline, sink, Part::kOutput);
  if (format.muxer.empty()) return;
  muxer_ = add_element(pipeline, format.muxer, Part::kOutput);
  link(muxer_, sink_);
}

void OutputStreams::add_video(GstElement* source) {
  if (!format_.encoder_caps.empty()) {
    GstElement* filter =
        add_element(pipeline_, "capsfilter caps=" + format_.encoder_caps, Part::kOther);
    link(source, filter);
    source = filter;
  }
  if (format_.needs_even_size()) {
    GstElement* crop = add_element(pipeline_, "videocrop", Part::kOther);
    const Owned<GstPad> sink(gst_element_get_static_pad(crop, "sink"));
    gst_pad_add_probe(sink.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, make_even, crop, nullptr);
    link(source, crop);
    source = crop;
  }
  GstElement* encoder = add_element(pipeline_, format_.encoder, Part::kOutput);
  if (format_.is_jpeg()) repeat_edges_for(encoder);
  link(source, encoder);
  const Owned<GstPad> out(gst_element_get_static_pad(encoder, "src"));
  gst_pad_add_probe(
      out.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer count) {
        // Theora begins with three that hold no frame.
        if (!GST_BUFFER_FLAG_IS_SET(GST_PAD_PROBE_INFO_BUFFER(info), GST_BUFFER_FLAG_HEADER))
          ++**static_cast<std::shared_ptr<std::atomic<uint64_t>>*>(count);
        return GST_PAD_PROBE_OK;
      },
      new std::shared_ptr<std::atomic<uint64_t>>(encoded_),
      [](gpointer count) { delete static_cast<std::shared_ptr<std::atomic<uint64_t>>*>(count); });
  if (format_.image) return link(encoder, muxer_ != nullptr ? muxer_ : sink_);
  GstElement* queue = add_element(pipeline_, kUnboundedQueue, Part::kOther);
  link(encoder, queue);
  const Owned<GstPad> pad(gst_element_get_static_pad(encoder, "src"));
  const Owned<GstCaps> caps(gst_pad_get_pad_template_caps(pad.get()));
  link_to_muxer(queue, request_template(muxer_, caps.get()));
}

bool OutputStreams::add_track(const MediaStream& stream, const std::string& description) {
  const std::string track = description + " (" + stream.media_type() + ")";
  if (!format_.image && copy(stream)) return true;
  if (!format_.image && stream.is("audio/") && encode_audio(stream)) {
    note_(track + " is encoded anew by " +
          format_.audio_encoder.substr(0, format_.audio_encoder.find(' ')) + ": " + format_.muxer +
          " does not take it as it is");
    return true;
  }
  leave_out(stream);
  note_(track + " is left out: " +
        (format_.image ? std::string("images hold none")
                       : format_.muxer + " takes no track of its kind, or no further one"));
  return false;
}

void OutputStreams::leave_out(const MediaStream& stream) {
  // The queue keeps the sink, which waits for the pipeline to play, from stopping the demuxer.
  GstElement* queue =
      add_element(pipeline_, "queue leaky=downstream max-size-buffers=1", Part::kOther);
  GstElement* sink = add_element(pipeline_, "fakesink async=false sync=false", Part::kOther);
  link_stream(stream, queue);
  link(queue, sink);
}

bool OutputStreams::copy(const MediaStream& stream) {
  if (stream.is("text/x-raw")) return copy_subtitles(stream);
  // Ogg's positions come from parsers only, so that they serve there even when caps would fit.
  const bool needs_parser = format_.muxer == "oggmux";
  GstPadTemplate* to = request_template(muxer_, stream.caps.get());
  std::string parser;
  if (to == nullptr || needs_parser) parser = parser_between(stream.caps.get(), muxer_, &to);
  if (to == nullptr) return false;
  GstElement* last = add_element(pipeline_, kUnboundedQueue, Part::kOther);
  link_stream(stream, last);
  if (!parser.empty()) {
    GstElement* element = add_element(pipeline_, parser, Part::kOther);
    link(last, element);
    last = element;
  }
  link_to_muxer(last, to);
  return true;
}

// Demuxers give subtitles as markup, and muxers take them as plain text.
bool OutputStreams::copy_subtitles(const MediaStream& stream) {
  const Owned<GstCaps> plain(gst_caps_from_string("text/x-raw,format=utf8"));
  GstPadTemplate* to = request_template(muxer_, plain.get());
  if (to == nullptr) return false;
  GstElement* queue = add_element(pipeline_, kUnboundedQueue, Part::kOther);
  GstElement* setter =
      add_element(pipeline_, "capssetter caps=text/x-raw,format=utf8 replace=true", Part::kOther);
  link_stream(stream, queue);
  link(queue, setter);
  const gchar* format =
      gst_structure_get_string(gst_caps_get_structure(stream.caps.get(), 0), "format");
  const bool is_markup = g_strcmp0(format, "pango-markup") == 0;
  const Owned<GstPad> sink(gst_element_get_static_pad(setter, "sink"));
  if (is_markup)
    gst_pad_add_probe(sink.get(), GST_PAD_PROBE_TYPE_BUFFER,
                      format_.muxer == "matroskamux" ? write_plain<true> : write_plain<false>,
                      nullptr, nullptr);
  link_to_muxer(setter, to);
  return true;
}

bool OutputStreams::encode_audio(const MediaStream& stream) {
  GstElement* encoder = add_element(pipeline_, format_.audio_encoder, Part::kOutput);
  const Owned<GstPad> pad(gst_element_get_static_pad(encoder, "src"));
  const Owned<GstCaps> caps(gst_pad_get_pad_template_caps(pad.get()));
  GstPadTemplate* to = request_template(muxer_, caps.get());
  if (to == nullptr) {
    gst_bin_remove(pipeline_, encoder);
    return false;
  }
  GstElement* queue = add_element(pipeline_, kUnboundedQueue, Part::kOther);
  GstElement* convert = add_element(pipeline_, "audioconvert", Part::kOther);
  GstElement* resample = add_element(pipeline_, "audioresample", Part::kOther);
  GstElement* encoded = add_element(pipeline_, kUnboundedQueue, Part::kOther);
  link_stream(stream, queue);
  add_decoder(pipeline_, queue, "audio/", convert);
  link(convert, resample);
  link(resample, encoder);
  link(encoder, encoded);
  link_to_muxer(encoded, to);
  return true;
}

void OutputStreams::link_to_muxer(GstElement* from, GstPadTemplate* to) {
  const Owned<GstPad> sink(to != nullptr ? gst_element_request_pad(muxer_, to, nullptr, nullptr)
                                         : nullptr);
  const Owned<GstPad> source(gst_element_get_static_pad(from, "src"));
  if (!sink || GST_PAD_LINK_FAILED(gst_pad_link(source.get(), sink.get())))
    throw Error(ErrorCode::kInternal, format_.muxer + " takes no further track");
}

}  // namespace ganface::media
