// SPDX-License-Identifier: MIT
// Owns a live stream to which everything happens that an application may do to one.
#include "live_stream.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <vector>

namespace ganface::soak {
namespace {

// Frames that wait in appsrc before the camera waits.
constexpr guint64 kMostWaiting = 3;

// As applications build them: a queue where frames have to wait for their time.
const char* const kChains[] = {
    "facemask name=mask ! ganinpaint name=repair ! queue ! ",
    "queue ! facemask name=mask ! queue ! ganinpaint name=repair ! queue ! ",
    "videoconvert ! facemask name=mask ! videoconvert ! ganinpaint name=repair ! queue ! ",
    "tee name=t t. ! queue ! fakesink async=false t. ! queue ! facemask name=mask ! ganinpaint "
    "name=repair ! queue ! ",
};

// Where not all of a property's range is an application's, or a value is the name of something.
Choices choices(const std::string& mask_file) {
  return {
      {"model", {}},  // by choose_stopped_settings(), since they belong together
      {"method", {}},
      {"photograph", {}},
      {"device", {"auto", "cpu"}},
      {"preset", {"fast"}},
      {"iterations", {"1", "2", "3"}},
      {"restarts", {"1", "2"}},
      {"batch-size", {"1", "1", "1", "2", "3", "6"}},
      {"batch-timeout", {"1", "40", "300"}},
      {"deadline", {"-1", "-1", "0", "1", "20", "200"}},
      {"on-error", {"fail"}},  // or an error would pass unseen
      {"mask", {"auto", "auto", "region", "color", "image"}},
      {"location", {mask_file}},
      {"detector-model", {"lfw-facemask"}},
      {"inference-interval", {"1", "2", "5", "30", "4294967295"}},
      {"feather", {"0", "1", "5", "16"}},
      {"max-faces", {"1", "2", "16", "1000"}},
  };
}

// A square mask image with a hole in its middle.
std::string write_mask(const std::string& folder) {
  constexpr int kSide = 64;
  std::vector<uint8_t> rgb(3 * kSide * kSide);
  for (int y = 32; y < 52; ++y)
    for (int x = 16; x < 48; ++x)
      std::fill_n(rgb.begin() + 3 * (y * kSide + x), 3, static_cast<uint8_t>(255));
  write_png(rgb, kSide, folder + "/mask.png");
  return folder + "/mask.png";
}

std::string write_photograph(const Portraits& portraits, const std::string& folder) {
  if (!portraits.are_real) return "";
  write_png(portraits.pictures.front(), Portraits::kSide, folder + "/photograph.png");
  return folder + "/photograph.png";
}

GstBusSyncReply note_late_frames(GstBus*, GstMessage* message, gpointer data) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_QOS) return GST_BUS_PASS;
  guint64 pts = 0;
  gst_message_parse_qos(message, nullptr, nullptr, nullptr, &pts, nullptr);
  auto& checks = *static_cast<Checks*>(data);
  checks.ledger.told_late(pts);
  checks.watchdog.moved();
  return GST_BUS_PASS;
}

GstPadProbeReturn note_in(GstPad*, GstPadProbeInfo* info, gpointer data) {
  static_cast<Checks*>(data)->ledger.went_in(GST_PAD_PROBE_INFO_BUFFER(info));
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn note_out(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto& checks = *static_cast<Checks*>(data);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    checks.ledger.came_out(GST_PAD_PROBE_INFO_BUFFER(info));
    checks.watchdog.moved();
    return GST_PAD_PROBE_OK;
  }
  const GstEventType type = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info));
  if (type == GST_EVENT_FLUSH_START || type == GST_EVENT_FLUSH_STOP) checks.ledger.flushed();
  if (type == GST_EVENT_EOS) checks.ledger.ended();
  return GST_PAD_PROBE_OK;
}

void add_probe(GstElement* element, int type, GstPadProbeCallback callback, Checks& checks) {
  GstPad* pad = gst_element_get_static_pad(element, "sink");
  gst_pad_add_probe(pad, static_cast<GstPadProbeType>(type), callback, &checks, nullptr);
  gst_object_unref(pad);
}

gboolean accept_seek(GstAppSrc*, guint64, gpointer) { return TRUE; }

}  // namespace

Materials::Materials(const std::string& folder)
    : portraits(load_portraits()),
      mask_file(write_mask(folder)),
      photograph(write_photograph(portraits, folder)) {}

LiveStream::LiveStream(uint64_t seed, Checks& checks, const Materials& materials,
                       const std::string& program)
    : checks_(checks),
      random_(seed),
      scene_(materials.portraits),
      neighbour_(program),
      mask_file_(materials.mask_file),
      photograph_(materials.photograph),
      properties_(choices(mask_file_)) {}

LiveStream::~LiveStream() {
  if (pipeline_ != nullptr) end_pipeline();
}

void LiveStream::play_one(Clock::time_point end) {
  make_pipeline();
  // Most are short, since that is where things go wrong, the first ones all the more; some let
  // tracks and memories grow.
  const guint64 length = pipelines_ <= 8 ? 40 + below(80)
                         : below(8) == 0 ? 1500 + below(1500)
                                         : 60 + below(400);
  for (guint64 i = 0; i < length && !has_failed_ && Clock::now() < end; ++i) {
    if (below(1000) < 250) act();
    feed();
    drain_bus();
  }
  say(has_failed_ ? "end of what has failed" : "end of stream");
  gst_app_src_end_of_stream(GST_APP_SRC(source_));
  wait_for_end();
  end_pipeline();
}

void LiveStream::say(const std::string& action) {
  ++actions_;
  checks_.watchdog.step(action);
  std::printf("%9.1f s frame %llu: %s\n", checks_.hours() * 3600,
              static_cast<unsigned long long>(frames_), action.c_str());
}

// ---- The pipeline -------------------------------------------------------------------------------

void LiveStream::make_pipeline() {
  const char* chain = kChains[below(std::size(kChains))];
  say(std::string("new pipeline: ") + chain);
  GError* error = nullptr;
  pipeline_ = gst_parse_launch(
      (std::string(
           "appsrc name=source format=time is-live=true stream-type=seekable max-bytes=0 ! ") +
       chain + "fakesink name=sink")
          .c_str(),
      &error);
  if (error != nullptr) throw std::runtime_error(error->message);
  const auto element = [this](const char* name) {
    return gst_bin_get_by_name(GST_BIN(pipeline_), name);
  };
  source_ = element("source");
  mask_ = element("mask");
  repair_ = element("repair");
  sink_ = element("sink");
  GstAppSrcCallbacks callbacks{};
  callbacks.seek_data = accept_seek;
  gst_app_src_set_callbacks(GST_APP_SRC(source_), &callbacks, nullptr, nullptr);
  add_probe(mask_, GST_PAD_PROBE_TYPE_BUFFER, note_in, checks_);
  add_probe(sink_,
            GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                GST_PAD_PROBE_TYPE_EVENT_FLUSH,
            note_out, checks_);
  bus_ = gst_element_get_bus(pipeline_);
  gst_bus_set_sync_handler(bus_, note_late_frames, &checks_, nullptr);
  ++pipelines_;
  has_failed_ = false;
  choose_stopped_settings();
  change_format();
  set_state(GST_STATE_PLAYING);
  begin_segment(0, 0);
}

void LiveStream::end_pipeline() {
  neighbour_.stop();
  set_state(GST_STATE_NULL);
  checks_.ledger.stopped();
  drain_bus();
  gst_bus_set_sync_handler(bus_, nullptr, nullptr, nullptr);
  for (gpointer object : {gpointer(source_), gpointer(mask_), gpointer(repair_), gpointer(sink_),
                          gpointer(bus_), gpointer(pipeline_)})
    gst_object_unref(object);
  pipeline_ = nullptr;
  checks_.measure_stopped();
}

void LiveStream::set_state(GstState state) {
  checks_.watchdog.expect_frames(false);
  checks_.watchdog.step(std::string("change to ") + gst_element_state_get_name(state));
  checks_.complaints.set_stopping(state < GST_STATE_PAUSED);
  if (gst_element_set_state(pipeline_, state) == GST_STATE_CHANGE_FAILURE)
    checks_.complaints.add(std::string("no change to ") + gst_element_state_get_name(state));
  checks_.complaints.set_stopping(false);
  checks_.watchdog.expect_frames(state == GST_STATE_PLAYING);
  due_ = Clock::now();
}

void LiveStream::drain_bus() {
  while (GstMessage* message = gst_bus_pop(bus_)) {
    const GstMessageType type = GST_MESSAGE_TYPE(message);
    if (type == GST_MESSAGE_ERROR || type == GST_MESSAGE_WARNING) {
      GError* error = nullptr;
      gchar* details = nullptr;
      if (type == GST_MESSAGE_ERROR)
        gst_message_parse_error(message, &error, &details);
      else
        gst_message_parse_warning(message, &error, &details);
      checks_.complaints.add(std::string(GST_MESSAGE_TYPE_NAME(message)) + " of " +
                             GST_MESSAGE_SRC_NAME(message) + ": " + error->message + " " +
                             (details != nullptr ? details : ""));
      g_error_free(error);
      g_free(details);
      has_failed_ |= type == GST_MESSAGE_ERROR;
    } else if (type == GST_MESSAGE_LATENCY) {
      gst_bin_recalculate_latency(GST_BIN(pipeline_));
    } else if (type == GST_MESSAGE_EOS) {
      is_at_end_ = true;
    }
    gst_message_unref(message);
  }
}

// ---- Frames -------------------------------------------------------------------------------------

GstClockTime LiveStream::duration() const {
  if (GST_VIDEO_INFO_FPS_N(&info_) == 0) return 40 * GST_MSECOND;
  return gst_util_uint64_scale_int(GST_SECOND, GST_VIDEO_INFO_FPS_D(&info_),
                                   GST_VIDEO_INFO_FPS_N(&info_));
}

// As a camera stamps its frames: when they were taken.
GstClockTime LiveStream::time_of_next() const {
  const GstClockTime running = gst_element_get_current_running_time(pipeline_);
  if (!GST_CLOCK_TIME_IS_VALID(running) || running < segment_base_) return next_pts_;
  return std::max(next_pts_, running - segment_base_ + segment_start_);
}

void LiveStream::begin_segment(GstClockTime start, GstClockTime base) {
  segment_start_ = next_pts_ = start;
  segment_base_ = base;
}

void LiveStream::feed() {
  due_ = std::max(due_, Clock::now() - std::chrono::seconds(1));
  std::this_thread::sleep_until(due_);
  due_ += std::chrono::nanoseconds(duration());
  checks_.watchdog.step("waiting for room in appsrc");
  guint64 waiting = 0;
  while (g_object_get(source_, "current-level-buffers", &waiting, nullptr),
         waiting >= kMostWaiting && !has_failed_) {
    drain_bus();  // latency has to be answered meanwhile
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  checks_.watchdog.step("push");
  GstBuffer* buffer = scene_.frame(info_);
  GST_BUFFER_OFFSET(buffer) = frames_++;
  GST_BUFFER_PTS(buffer) = time_of_next();
  GST_BUFFER_DURATION(buffer) = duration();
  next_pts_ = GST_BUFFER_PTS(buffer) + duration();
  const GstFlowReturn flow = gst_app_src_push_buffer(GST_APP_SRC(source_), buffer);
  if (flow != GST_FLOW_OK)
    checks_.complaints.add(std::string("appsrc refuses a frame: ") + gst_flow_get_name(flow));
  if (frames_ % 16 == 0) checks_.resident.add(checks_.hours(), resident_mib());
}

// ---- What happens -------------------------------------------------------------------------------

void LiveStream::act() {
  const guint64 kind = below(250);
  if (kind < 90) {
    say(scene_.change(random_));
  } else if (kind < 150) {
    const std::string change = properties_.change(below(2) == 0 ? mask_ : repair_, false, random_);
    if (!change.empty()) say("set " + change);
  } else if (kind < 168) {
    change_format();
  } else if (kind < 180) {
    flush();
  } else if (kind < 188) {
    seek();
  } else if (kind < 196) {
    send_segment();
  } else if (kind < 204) {
    send_gap();
  } else if (kind < 210) {
    say("stream-start");
    gst_element_send_event(source_,
                           gst_event_new_stream_start(("soak-" + std::to_string(frames_)).c_str()));
  } else if (kind < 219) {
    pause();
  } else if (kind < 223) {
    stop_and_go(GST_STATE_READY);
  } else if (kind < 226) {
    stop_and_go(GST_STATE_NULL);
  } else if (kind < 233) {
    const auto milliseconds = static_cast<int>(200 + below(3000));
    say("a neighbour computes for " + std::to_string(milliseconds) + " ms");
    neighbour_.start(milliseconds);
  } else if (kind < 237) {
    end_and_begin_again();
  } else {
    ask();
  }
}

void LiveStream::change_format() {
  static const GstVideoFormat formats[] = {
      GST_VIDEO_FORMAT_RGB,  GST_VIDEO_FORMAT_BGR,  GST_VIDEO_FORMAT_RGBA, GST_VIDEO_FORMAT_BGRA,
      GST_VIDEO_FORMAT_RGBx, GST_VIDEO_FORMAT_BGRx, GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12};
  static const int sizes[][2] = {{64, 48},   {160, 120}, {321, 241}, {320, 240},
                                 {320, 240}, {240, 320}, {426, 240}, {640, 480}};
  static const int rates[][2] = {{10, 1},       {15, 1}, {25, 1}, {25, 1},
                                 {30000, 1001}, {30, 1}, {0, 1}};
  const auto& size = sizes[below(std::size(sizes))];
  const auto& rate = rates[below(std::size(rates))];
  gst_video_info_set_format(&info_, formats[below(std::size(formats))], static_cast<guint>(size[0]),
                            static_cast<guint>(size[1]));
  info_.fps_n = rate[0];
  info_.fps_d = rate[1];
  GstCaps* caps = gst_video_info_to_caps(&info_);
  gchar* text = gst_caps_to_string(caps);
  say(std::string("format ") + text);
  g_free(text);
  gst_app_src_set_caps(GST_APP_SRC(source_), caps);
  gst_caps_unref(caps);
}

void LiveStream::flush() {
  const bool resets_time = below(2) == 0;
  const auto pause_ms = static_cast<int>(below(3) * 10);
  say("flush");
  ++checks_.flushes;
  checks_.complaints.set_stopping(true);
  // To the pipeline: an event that is sent to the source takes its lock before the pipeline's,
  // which a change of state takes the other way round.
  gst_element_send_event(pipeline_, gst_event_new_flush_start());
  std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  gst_element_send_event(pipeline_, gst_event_new_flush_stop(resets_time));
  checks_.complaints.set_stopping(false);
  begin_segment(0, 0);
}

void LiveStream::seek() {
  const GstClockTime target = below(100) * GST_SECOND;
  say("seek to " + std::to_string(target / GST_SECOND) + " s");
  ++checks_.flushes;
  checks_.watchdog.expect_frames(false);
  checks_.complaints.set_stopping(true);
  if (!gst_element_seek(pipeline_, 1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET,
                        static_cast<gint64>(target), GST_SEEK_TYPE_NONE, -1))
    checks_.complaints.add("no seek");
  checks_.complaints.set_stopping(false);
  checks_.watchdog.expect_frames(true);
  begin_segment(target, 0);
}

// The time of the frames jumps, and goes on from there in the same running time.
void LiveStream::send_segment() {
  const GstClockTime start = below(1000) * GST_SECOND;
  say("segment from " + std::to_string(start / GST_SECOND) + " s");
  const GstClockTime running = time_of_next() - segment_start_ + segment_base_;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = segment.position = segment.time = start;
  segment.base = running;
  gst_element_send_event(source_, gst_event_new_segment(&segment));
  begin_segment(start, running);
}

void LiveStream::send_gap() {
  const GstClockTime length = (1 + below(10)) * duration();
  say("gap of " + std::to_string(length / GST_MSECOND) + " ms");
  const GstClockTime begin = time_of_next();
  gst_element_send_event(source_, gst_event_new_gap(begin, length));
  next_pts_ = begin + length;
}

void LiveStream::pause() {
  const auto pause_ms = static_cast<int>(below(300));
  say("pause for " + std::to_string(pause_ms) + " ms");
  set_state(GST_STATE_PAUSED);
  std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  set_state(GST_STATE_PLAYING);
}

void LiveStream::stop_and_go(GstState state) {
  say(std::string("stop: ") + gst_element_state_get_name(state));
  ++checks_.stops;
  set_state(state);
  checks_.ledger.stopped();
  checks_.measure_stopped();
  choose_stopped_settings();
  change_format();
  set_state(GST_STATE_PLAYING);
  begin_segment(0, 0);
}

// What may change only while the elements are stopped.
void LiveStream::choose_stopped_settings() {
  const bool shows_in_time = below(2) == 0;
  g_object_set(sink_, "sync", shows_in_time, "qos", shows_in_time, nullptr);
  g_object_set(mask_, "location", mask_file_.c_str(), nullptr);
  std::string said = shows_in_time ? "sink in time" : "sink at once";
  for (guint64 i = below(5); i > 0; --i) {
    const std::string change = properties_.change(below(2) == 0 ? mask_ : repair_, true, random_);
    if (!change.empty()) said += ", " + change;
  }
  // Searches take far longer than completions: one stream in four.
  const char* method = below(4) == 0 ? "latent" : below(2) == 0 ? "completion" : "auto";
  const bool has_photograph = std::string(method) == "completion" && below(2) == 0;
  gst_util_set_object_arg(G_OBJECT(repair_), "method", method);
  g_object_set(repair_, "photograph", has_photograph ? photograph_.c_str() : "", nullptr);
  said += std::string(", method=") + method;
  if (has_photograph && !photograph_.empty()) said += " with a photograph";
  say(said);
}

void LiveStream::ask() {
  say("ask");
  gint64 value = 0;
  gst_element_query_position(pipeline_, GST_FORMAT_TIME, &value);
  gst_element_query_duration(pipeline_, GST_FORMAT_TIME, &value);
  GstQuery* latency = gst_query_new_latency();
  gst_element_query(pipeline_, latency);
  gst_query_unref(latency);
  for (GstElement* element : {mask_, repair_}) {
    GstPad* pad = gst_element_get_static_pad(element, "src");
    gst_caps_unref(gst_pad_query_caps(pad, nullptr));
    gst_object_unref(pad);
    Properties::read_all(element);
  }
}

void LiveStream::wait_for_end() {
  while (!is_at_end_ && !has_failed_) {
    drain_bus();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  is_at_end_ = false;
  checks_.watchdog.expect_frames(false);
}

void LiveStream::end_and_begin_again() {
  say("end of stream, then again");
  gst_app_src_end_of_stream(GST_APP_SRC(source_));
  wait_for_end();
  seek();
}

}  // namespace ganface::soak
