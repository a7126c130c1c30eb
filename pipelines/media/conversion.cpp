// SPDX-License-Identifier: MIT
// Owns the way of one input through one pipeline to one output.
#include "media/conversion.h"

#include <ganface/error.h>
#include <gst/pbutils/pbutils.h>

#include <algorithm>
#include <set>

#include "media/elements.h"
#include "media/output_streams.h"
#include "media/owned.h"

namespace ganface::media {
namespace {

constexpr GstClockTime kTick = 100 * GST_MSECOND;
constexpr GstClockTime kSearchTick = 5 * GST_MSECOND;
// For streams beside the first one, where the demuxer does not say that there are no more.
constexpr gint64 kLongestSearch = G_USEC_PER_SEC;
// A container's length and the end of its last packet differ by rounding and by a frame.
constexpr GstClockTime kLengthTolerance = 250 * GST_MSECOND;

struct StopPipeline {
  void operator()(GstElement* pipeline) const {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
};

class Conversion {
 public:
  Conversion(const ConversionRequest& request, ConversionObserver& observer)
      : request_(request),
        observer_(observer),
        pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))),
        bus_(gst_element_get_bus(pipeline_.get())) {
    source_ = request.frames ? std::make_unique<MediaSource>(bin(), *request.frames)
                             : std::make_unique<MediaSource>(bin(), request.names.input);
  }

  ConversionState run() {
    go_to(GST_STATE_PAUSED);
    wait_for_streams();
    build();
    if (gst_bin_sync_children_states(bin()) == FALSE) throw_posted_error();
    source_->release();
    go_to(GST_STATE_PLAYING);
    while (!handle_next_message(kTick)) {
      check_one_picture();
      observer_.progressed(state());
    }
    const ConversionState end = state();
    pipeline_.reset();  // closes the file
    check(end);
    return end;
  }

 private:
  GstBin* bin() const { return GST_BIN(pipeline_.get()); }

  void go_to(GstState state) {
    if (gst_element_set_state(pipeline_.get(), state) == GST_STATE_CHANGE_FAILURE)
      throw_posted_error();
  }

  void wait_for_streams() {
    gint64 data_since = 0;
    while (!streams_known_ || !source_->has_caps()) {
      if (handle_next_message(kSearchTick)) break;
      observer_.progressed({});
      const gint64 now = g_get_monotonic_time();
      if (data_since == 0 && source_->has_data()) data_since = now;
      if (data_since != 0 && now - data_since > kLongestSearch) break;
    }
    duration_ = source_->stated_duration();
    for (const MediaStream& stream : source_->close_streams()) {
      gint64 length = 0;
      if (gst_pad_query_duration(stream.pad.get(), GST_FORMAT_TIME, &length) != FALSE)
        expected_length_ = std::max(expected_length_, length);
    }
  }

  const MediaStream& video_stream() const {
    const std::vector<MediaStream>& streams = source_->streams();
    // A cover picture is no video where there is one.
    for (const char* type : {"video/", "image/"})
      for (const MediaStream& stream : streams)
        if (stream.is(type)) return stream;
    if (streams.size() == 1 && !streams[0].is("audio/"))
      throw Error(ErrorCode::kInput, "'" + request_.names.input + "' is not an image or a video");
    throw Error(ErrorCode::kInput, "'" + request_.names.input + "' has no video");
  }

  void build() {
    const MediaStream& video = video_stream();
    OutputStreams output(bin(), *request_.format, request_.numbered ? "multifilesink" : "filesink",
                         [this](const std::string& note) {
                           observer_.noted("'" + request_.names.input + "': " + note);
                         });
    g_object_set(output.sink(), "location", request_.write_to.c_str(), nullptr);
    if (request_.numbered) g_object_set(output.sink(), "index", request_.first_number, nullptr);
    chain_ = std::make_unique<RepairChain>(bin(), *request_.options, request_.preview);
    add_video(video);
    output.add_video(chain_->last());
    int audio = 0, others = 0;
    for (const MediaStream& stream : source_->streams()) {
      if (&stream == &video) continue;
      if (stream.is("audio/"))
        output.add_track(stream, "audio track " + std::to_string(++audio));
      else
        output.add_track(stream, "track " + std::to_string(++others) + " beside video and audio");
    }
  }

  void add_video(const MediaStream& video) {
    GstElement* last = add_element(bin(), "queue", Part::kOther);
    link_stream(video, last);
    // Reads a photograph's orientation, which jpegdec does not; motion JPEG has none.
    if (!request_.frames && source_->streams().size() == 1 && video.is("image/jpeg")) {
      GstElement* parser = add_element(bin(), "jpegparse", Part::kInput);
      link(last, parser);
      last = parser;
    }
    // libav's decoders of these would have the whole file in one buffer.
    if (video.is("image/bmp") || video.is("image/tiff")) {
      GstElement* decoder = add_element(bin(), "gdkpixbufdec", Part::kInput);
      link(last, decoder);
      return link(decoder, chain_->first());
    }
    add_decoder(bin(), last, "video/", chain_->first());
  }

  // Whether it was the end.
  bool handle_next_message(GstClockTime wait) {
    const Owned<GstMessage> message(gst_bus_timed_pop_filtered(
        bus_.get(), wait,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING |
                                    GST_MESSAGE_ELEMENT | GST_MESSAGE_APPLICATION)));
    if (!message) return false;
    switch (GST_MESSAGE_TYPE(message.get())) {
      case GST_MESSAGE_EOS:
        return true;
      case GST_MESSAGE_ERROR:
        throw error_of(message.get(), request_.names, missing_plugin_);
      case GST_MESSAGE_WARNING:
        note_once(warning_of(message.get(), request_.names));
        return false;
      case GST_MESSAGE_APPLICATION:
        streams_known_ |= gst_message_has_name(message.get(), MediaSource::kStreamsKnown) != FALSE;
        if (gst_message_has_name(message.get(), MediaSource::kStreamIsLate) != FALSE)
          note_once("'" + request_.names.input + "': a track (" +
                    gst_structure_get_string(gst_message_get_structure(message.get()), "type") +
                    ") that begins after the others is left out");
        return false;
      default:
        if (gst_message_has_name(message.get(), "ganinpaint-report") != FALSE)
          observer_.reported(gst_message_get_structure(message.get()));
        if (gst_is_missing_plugin_message(message.get()) != FALSE)
          missing_plugin_ = take_text(gst_missing_plugin_message_get_description(message.get()));
        return false;
    }
  }

  [[noreturn]] void throw_posted_error() {
    while (const Owned<GstMessage> message{
        gst_bus_timed_pop_filtered(bus_.get(), 0, GST_MESSAGE_ERROR)})
      throw error_of(message.get(), request_.names, missing_plugin_);
    throw Error(ErrorCode::kInternal,
                "'" + request_.names.input + "': the pipeline does not start");
  }

  void note_once(const std::string& note) {
    if (noted_.insert(note).second) observer_.noted(note);
  }

  ConversionState state() const {
    ConversionState state;
    if (!chain_) return state;
    state.frames = chain_->frames_out();
    state.faces = chain_->faces();
    if (request_.frames)
      state.share = static_cast<double>(state.frames) / request_.frames->count;
    else if (expected_length_ > 0)
      state.share = static_cast<double>(chain_->position()) / static_cast<double>(expected_length_);
    state.share = std::clamp(state.share, 0.0, 1.0);
    return state;
  }

  // An end of the stream is not yet an end of the file.
  void check(const ConversionState& end) const {
    const std::string file = "'" + request_.names.input + "'";
    if (end.frames == 0) throw Error(ErrorCode::kInput, file + " holds no picture to decode");
    if (chain_->frames_in() != chain_->frames_out())
      throw Error(ErrorCode::kInternal, file + ": " + std::to_string(chain_->frames_in()) +
                                            " frames went into the repair and " +
                                            std::to_string(chain_->frames_out()) + " came out");
    if (request_.frames && end.frames != static_cast<uint64_t>(request_.frames->count))
      throw Error(ErrorCode::kInput, file + ": of " + std::to_string(request_.frames->count) +
                                         " images " + std::to_string(end.frames) +
                                         " can be decoded");
    if (duration_ && source_->end_of_data() + kLengthTolerance < *duration_)
      throw Error(ErrorCode::kInput, file + " is truncated: it ends after " +
                                         seconds(source_->end_of_data()) + " of " +
                                         seconds(*duration_));
    check_one_picture();
  }

  void check_one_picture() const {
    if (request_.format->image && !request_.numbered && chain_->frames_out() > 1)
      throw Error(ErrorCode::kUsage,
                  "'" + request_.names.input +
                      "' has more than one frame; write them to a video, or to numbered images "
                      "like frame-%04d.png");
  }

  static std::string seconds(GstClockTime time) {
    return take_text(g_strdup_printf("%.2f s", static_cast<double>(time) / GST_SECOND));
  }

  const ConversionRequest& request_;
  ConversionObserver& observer_;
  // Declared before the pipeline, whose threads use them until it has stopped.
  std::unique_ptr<MediaSource> source_;
  std::unique_ptr<RepairChain> chain_;
  std::unique_ptr<GstElement, StopPipeline> pipeline_;
  Owned<GstBus> bus_;
  bool streams_known_ = false;
  std::optional<GstClockTime> duration_;
  gint64 expected_length_ = 0;
  std::string missing_plugin_;
  std::set<std::string> noted_;
};

}  // namespace

ConversionState convert(const ConversionRequest& request, ConversionObserver& observer) {
  return Conversion(request, observer).run();
}

}  // namespace ganface::media
