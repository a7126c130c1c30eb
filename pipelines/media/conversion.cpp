// SPDX-License-Identifier: MIT
// Owns the way of one input through one pipeline to one output.
#include "media/conversion.h"

#include <ganface/error.h>
#include <ganface/image_marks.h>
#include <gst/pbutils/pbutils.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "abandoned_threads.h"
#include "media/elements.h"
#include "media/input_check.h"
#include "media/output_streams.h"
#include "media/owned.h"
#include "media/process_limits.h"
#include "media/stream_tags.h"
#include "media/watchdog.h"
#include "media/watched_work.h"

namespace ganface::media {
namespace {

constexpr GstClockTime kTick = 100 * GST_MSECOND;
constexpr int kMostEmpty = 5;  // waits for a message that end at once, without one
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

// The orientation of what comes out of the decoder. libtiff mirrors by itself, and takes those that
// are to be turned for the mirrored ones; others leave the pixels as they are stored.
int left_to_turn(const ImageMarks& marks) {
  constexpr int kAfterLibtiff[] = {1, 1, 1, 1, 5, 7, 5, 7};
  return marks.type == ImageMarks::Type::kTiff ? kAfterLibtiff[marks.orientation - 1]
                                               : marks.orientation;
}

// A pipeline whose threads wait for ever, which cannot be stopped either.
class Stuck : public Error {
 public:
  using Error::Error;
};

class Conversion {
 public:
  Conversion(const ConversionRequest& request, ConversionObserver& observer, WatchedWork& work)
      : request_(request),
        observer_(observer),
        work_(work),
        pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))),
        bus_(gst_element_get_bus(pipeline_.get())) {
    source_ = request.frames ? std::make_unique<MediaSource>(bin(), *request.frames)
                             : std::make_unique<MediaSource>(bin(), request.names.input);
  }

  ConvertedFile run() {
    go_to(GST_STATE_PAUSED);
    wait_for_streams();
    build();
    if (gst_bin_sync_children_states(bin()) == FALSE) throw_posted_error();
    source_->release();
    go_to(GST_STATE_PLAYING);
    while (!handle_next_message(kTick)) {
      check_one_picture();
      check_moving();
      observer_.progressed(state());
    }
    note_what_is_lost();
    const ConvertedFile end{state(), losses_};
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
    const gint64 begin = g_get_monotonic_time();
    while (!streams_known_ || !source_->has_caps()) {
      // What takes longer than a search must not look like work to the watchdog.
      const bool searches = g_get_monotonic_time() - begin < kLongestSearch;
      if (handle_next_message(searches ? kSearchTick : kTick)) break;
      source_->check();
      check_moving();
      observer_.progressed({});
      const gint64 now = g_get_monotonic_time();
      if (data_since == 0 && source_->has_data()) data_since = now;
      if (data_since != 0 && now - data_since > kLongestSearch) break;
    }
    source_->check();
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
                         [this](const std::string& note) { is_lost(note); });
    g_object_set(output.sink(), "location", request_.write_to.c_str(), nullptr);
    if (request_.numbered) g_object_set(output.sink(), "index", request_.first_number, nullptr);
    chain_ = std::make_unique<RepairChain>(bin(), *request_.options, request_.preview);
    if (!request_.format->image) chain_->expect_video(request_.format->holds_full_range());
    encoded_ = output.encoded();
    add_video(video);
    output.add_video(chain_->last());
    gboolean codec_alpha = FALSE;
    gst_structure_get_boolean(gst_caps_get_structure(video.caps.get(), 0), "codec-alpha",
                              &codec_alpha);
    has_codec_alpha_ = codec_alpha != FALSE;
    for (const std::string& note : tags_left_out(source_->streams(), *request_.format))
      is_lost(note);
    int videos = 1, audio = 0, others = 0;
    for (const MediaStream& stream : source_->streams()) {
      if (&stream == &video) continue;
      if (stream.is("video/")) {
        const std::string track = "video track " + std::to_string(++videos);
        if (output.add_track(stream, track))
          is_lost(track + " is carried over as it is: of several, the first is repaired");
      } else if (stream.is("audio/"))
        output.add_track(stream, "audio track " + std::to_string(++audio));
      else
        output.add_track(stream, "track " + std::to_string(++others) + " beside video and audio");
    }
  }

  void add_video(const MediaStream& video) {
    GstElement* last = add_element(bin(), "queue", Part::kOther);
    link_stream(video, last);
    const std::string file = request_.frames ? request_.frames->file(0) : request_.names.input;
    const ImageMarks marks = read_image_marks(file);
    if (marks.type != ImageMarks::Type::kOther) chain_->set_orientation(left_to_turn(marks));
    if (marks.has_more_pages) is_lost("holds more than one page; the first is written");
    // Finds the pictures of a file and their orientation, which jpegdec does not; motion JPEG has
    // none.
    if (!request_.frames && source_->streams().size() == 1 && video.is("image/jpeg")) {
      GstElement* parser = add_element(bin(), "jpegparse", Part::kInput);
      link(last, parser);
      last = parser;
      const bool is_picture = marks.type == ImageMarks::Type::kJpeg;
      if (is_picture && request_.format->image && !request_.numbered) keep_first_picture(parser);
    }
    if (marks.type == ImageMarks::Type::kJpeg && marks.components == 4)
      return add_picture_decoder(last, "capssetter caps=image/bmp replace=true join=false");
    // pngdec takes the colours of 16 bits without alpha for those of 16 bits with it.
    if (marks.type == ImageMarks::Type::kPng && marks.bits_per_sample == 16)
      return add_picture_decoder(last, "identity");
    // libav's decoders of these would have the whole file in one buffer.
    if (video.is("image/bmp") || video.is("image/tiff"))
      return add_picture_decoder(last, "identity");
    add_decoder(bin(), last, "video/", chain_->first());
  }

  // gdk-pixbuf tells by the content what it reads; `before` makes caps that its element takes.
  void add_picture_decoder(GstElement* last, const std::string& before) {
    GstElement* front = add_element(bin(), before, Part::kInput);
    GstElement* decoder = add_element(bin(), "gdkpixbufdec", Part::kInput);
    link(last, front);
    link(front, decoder);
    link(decoder, chain_->first());
  }

  // Drops the pictures behind the first one, and what announces them.
  void keep_first_picture(GstElement* parser) {
    const Owned<GstPad> pad(gst_element_get_static_pad(parser, "src"));
    gst_pad_add_probe(
        pad.get(),
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                     GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
        [](GstPad*, GstPadProbeInfo* info, gpointer self) {
          std::atomic<uint64_t>& pictures = static_cast<Conversion*>(self)->pictures_;
          if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) != 0)
            return ++pictures > 1 ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
          const bool caps = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_CAPS;
          return caps && pictures > 0 ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
        },
        this, nullptr);
  }

  // Throws when nothing has moved for long.
  void check_moving() {
    const uint64_t done = source_->packets() + messages_ +
                          (chain_ ? chain_->frames_in() + chain_->frames_out() : 0) +
                          (encoded_ ? encoded_->load() : 0);
    if (!watchdog_.is_stuck(done)) return;
    const std::string file = "'" + request_.names.input + "': nothing has moved for 10 s";
    if (!can_start_threads(1))
      throw Stuck(ErrorCode::kDevice,
                  file +
                      ", since no further thread can be started; raise the limit of processes "
                      "(ulimit -u), or do less at a time");
    throw Stuck(ErrorCode::kInput, file + "; it waits for " + awaited() +
                                       ". The file may be damaged, or its disk slow");
  }

  const char* awaited() const {
    if (!source_->has_data()) return "the first data of the file";
    if (!chain_ || chain_->frames_in() == 0) return "the first picture to be decoded";
    if (chain_->frames_in() > chain_->frames_out()) return "the repair of a frame";
    return "the next picture, or for the result to be written";
  }

  void note_what_is_lost() {
    const OutputFormat& format = *request_.format;
    // JPEG alone among the formats of pictures has no place for it.
    const bool holds_alpha = format.image && !format.is_jpeg();
    if (!holds_alpha && (chain_->has_alpha() || has_codec_alpha_))
      is_lost("its transparency is left out: ." + format.extensions.front() +
              " files are written without");
    if (!format.image && !format.holds_frame_times() && chain_->has_variable_rate())
      is_lost("its frames come at a variable rate, and ." + format.extensions.front() +
              " files hold no time for each");
    if (pictures_ > 1)
      is_lost("holds " + std::to_string(pictures_) +
              " pictures (for depth, or of a gain map); the first is written");
  }

  void note_cut_crowd(const GstStructure* report) {
    const GValue* faces = gst_structure_get_value(report, "faces");
    if (faces == nullptr || !GST_VALUE_HOLDS_ARRAY(faces)) return;
    const auto count = static_cast<int>(gst_value_array_get_size(faces));
    if (count >= chain_->max_faces())
      note_once("'" + request_.names.input + "': " + std::to_string(count) +
                " faces were found in a picture, as many as --max-faces allows; any others stay as "
                "they are");
  }

  // Whether it was the end.
  bool handle_next_message(GstClockTime wait) {
    work_.goes_on();
    const gint64 begin = g_get_monotonic_time();
    const Owned<GstMessage> message(gst_bus_timed_pop_filtered(
        bus_.get(), wait,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING |
                                    GST_MESSAGE_ELEMENT | GST_MESSAGE_APPLICATION)));
    if (!message) {
      const bool has_waited = g_get_monotonic_time() - begin >= static_cast<gint64>(wait) / 2000;
      empty_ = has_waited ? 0 : empty_ + 1;
      if (empty_ > kMostEmpty) throw_no_files_left(request_.names.input);
      return false;
    }
    ++messages_;
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
          is_lost(std::string("a track (") +
                  gst_structure_get_string(gst_message_get_structure(message.get()), "type") +
                  ") that begins after the others is left out");
        return false;
      default:
        if (gst_message_has_name(message.get(), "ganinpaint-report") != FALSE) {
          observer_.reported(gst_message_get_structure(message.get()));
          note_cut_crowd(gst_message_get_structure(message.get()));
        }
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

  // The result is otherwise than the input beside its faces.
  void is_lost(const std::string& note) {
    const std::string line = "'" + request_.names.input + "': " + note;
    if (noted_.insert(line).second) losses_.push_back(line);
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
    // Encoders that are told of the end may forget what they still hold.
    if ((!request_.format->image || request_.numbered) && *encoded_ < end.frames)
      throw Error(ErrorCode::kInternal, file + ": " + std::to_string(end.frames) +
                                            " frames were repaired and " +
                                            std::to_string(*encoded_) + " were written");
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
      throw Error(request_.is_one_of_many ? ErrorCode::kInput : ErrorCode::kUsage,
                  "'" + request_.names.input +
                      "' has more than one frame; write them to a video, or to numbered images "
                      "like frame-%04d.png");
  }

  static std::string seconds(GstClockTime time) {
    return take_text(g_strdup_printf("%.2f s", static_cast<double>(time) / GST_SECOND));
  }

  const ConversionRequest& request_;
  ConversionObserver& observer_;
  WatchedWork& work_;
  // Declared before the pipeline, whose threads use them until it has stopped.
  std::unique_ptr<MediaSource> source_;
  std::unique_ptr<RepairChain> chain_;
  std::shared_ptr<const std::atomic<uint64_t>> encoded_;
  std::atomic<uint64_t> pictures_{0};  // of a JPEG file that makes one picture
  std::unique_ptr<GstElement, StopPipeline> pipeline_;
  Owned<GstBus> bus_;
  bool streams_known_ = false;
  std::optional<GstClockTime> duration_;
  gint64 expected_length_ = 0;
  std::string missing_plugin_;
  std::set<std::string> noted_;
  std::vector<std::string> losses_;
  Watchdog watchdog_;
  uint64_t messages_ = 0;
  int empty_ = 0;  // waits in a row that did not wait
  bool has_codec_alpha_ = false;
};

}  // namespace

ConvertedFile convert(const ConversionRequest& request, ConversionObserver& observer) {
  check_input(request.frames ? request.frames->file(0) : request.names.input);
  WatchedWork work(request.names.input);
  auto conversion = std::make_unique<Conversion>(request, observer, work);
  try {
    return conversion->run();
  } catch (const Stuck& stuck) {
    // Its threads may go on one day, and until then nobody can wait for them.
    cli::has_abandoned_threads = true;
    static_cast<void>(conversion.release());
    throw Error(stuck);
  }
}

}  // namespace ganface::media
