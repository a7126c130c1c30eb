// SPDX-License-Identifier: MIT
// Tests of what flows through whole pipelines that are seeked, paused and restarted, against the
// recordings in flows/. GANFACE_UPDATE_FLOWS=1 writes the recordings anew.
#include <glib/gstdio.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <sstream>

#include "harness.h"
#include "loaded_models.h"

namespace ganface::test {
namespace {

// The pipelines take well under a second; the limit makes a standstill a failure, also under a
// sanitizer on a machine that does other work.
constexpr GstClockTime kMostTime = 240 * GST_SECOND;

std::string milliseconds(GstClockTime time) {
  return GST_CLOCK_TIME_IS_VALID(time) ? std::to_string(time / GST_MSECOND) : "none";
}

// The line of an event in a recording; empty for those that tell about decoders and clocks, and
// not about our elements.
std::string line_of(GstEvent* event) {
  std::ostringstream line;
  line << GST_EVENT_TYPE_NAME(event);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_TAG:
    case GST_EVENT_STREAM_COLLECTION:
    case GST_EVENT_LATENCY:
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:  // a word between elements
      return "";
    case GST_EVENT_CAPS: {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event, &caps);
      const GstStructure* structure = gst_caps_get_structure(caps, 0);
      line << " " << gst_structure_get_name(structure);
      for (const char* field : {"format", "width", "height", "framerate"})
        if (const GValue* value = gst_structure_get_value(structure, field)) {
          gchar* text = gst_value_serialize(value);
          line << " " << field << "=" << text;
          g_free(text);
        }
      break;
    }
    case GST_EVENT_SEGMENT: {
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(event, &segment);
      // Not the stop: whether a source knows its end before the first seek is its own business.
      line << " rate=" << segment->rate << " start=" << milliseconds(segment->start)
           << " time=" << milliseconds(segment->time);
      break;
    }
    default:
      break;
  }
  return line.str();
}

// What passes the sink pad of the element "sink", one line each. The last element's, so that what
// is recorded up to a preroll or an end does not depend on threads.
class Recording {
 public:
  explicit Recording(GstElement* pipeline) {
    GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    pad_ = gst_element_get_static_pad(sink, "sink");
    gst_object_unref(sink);
    gst_pad_add_probe(
        pad_,
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_BOTH |
                                     GST_PAD_PROBE_TYPE_EVENT_FLUSH),
        probe, this, nullptr);
  }
  ~Recording() { gst_object_unref(pad_); }

  std::string text() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return text_;
  }

  void note(const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    text_ += line + "\n";
  }

  // False when fewer than `count` buffers came in time.
  bool wait_for_buffers(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return arrival_.wait_for(lock, std::chrono::nanoseconds(kMostTime),
                             [&] { return buffers_ >= count; });
  }

 private:
  static GstPadProbeReturn probe(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& self = *static_cast<Recording*>(data);
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
      GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
      self.note("buffer pts=" + milliseconds(GST_BUFFER_PTS(buffer)) +
                " duration=" + milliseconds(GST_BUFFER_DURATION(buffer)) +
                (GST_BUFFER_IS_DISCONT(buffer) ? " discont" : ""));
      const std::lock_guard<std::mutex> lock(self.mutex_);
      ++self.buffers_;
      self.arrival_.notify_all();
    } else if (GST_EVENT_IS_DOWNSTREAM(GST_PAD_PROBE_INFO_EVENT(info))) {
      const std::string line = line_of(GST_PAD_PROBE_INFO_EVENT(info));
      if (!line.empty()) self.note(line);
    }
    return GST_PAD_PROBE_OK;
  }

  GstPad* pad_;
  mutable std::mutex mutex_;
  std::condition_variable arrival_;
  std::string text_;
  int buffers_ = 0;
};

// A pipeline whose last element is named "sink", and what flowed into it.
class Scenario {
 public:
  explicit Scenario(const std::string& line) {
    GError* error = nullptr;
    pipeline_ = gst_parse_launch(line.c_str(), &error);
    if (error != nullptr) {
      ADD_FAILURE() << line << ": " << error->message;
      g_error_free(error);
    }
    recording_ = std::make_unique<Recording>(pipeline_);
  }
  ~Scenario() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    recording_.reset();
    gst_object_unref(pipeline_);
  }

  void change_to(GstState state) {
    recording_->note(std::string("> ") + gst_element_state_get_name(state));
    change_unnoted(state);
  }

  // Without a line in the recording, where the moment of the change is not fixed.
  void change_unnoted(GstState state) {
    ASSERT_NE(gst_element_set_state(pipeline_, state), GST_STATE_CHANGE_FAILURE) << error();
    ASSERT_EQ(gst_element_get_state(pipeline_, nullptr, nullptr, kMostTime),
              GST_STATE_CHANGE_SUCCESS)
        << error();
  }

  // A flushing, exact seek of a paused pipeline, until the new first frame is there.
  void seek(GstClockTime start, GstClockTime stop = GST_CLOCK_TIME_NONE) {
    recording_->note("> seek " + milliseconds(start) + " to " + milliseconds(stop));
    ASSERT_TRUE(
        gst_element_seek(pipeline_, 1, GST_FORMAT_TIME,
                         static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                         GST_SEEK_TYPE_SET, static_cast<gint64>(start),
                         GST_CLOCK_TIME_IS_VALID(stop) ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE,
                         static_cast<gint64>(stop)));
    ASSERT_EQ(gst_element_get_state(pipeline_, nullptr, nullptr, kMostTime),
              GST_STATE_CHANGE_SUCCESS);
  }

  // PLAYING until the end of the stream.
  void play_to_end() {
    recording_->note("> PLAYING");
    wait_for_end();
  }
  void wait_for_end() {
    ASSERT_NE(gst_element_set_state(pipeline_, GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    GstBus* bus = gst_element_get_bus(pipeline_);
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, kMostTime, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    gst_object_unref(bus);
    ASSERT_NE(message, nullptr) << "no end after:\n" << recording_->text();
    const GstMessageType type = GST_MESSAGE_TYPE(message);
    gst_message_unref(message);
    ASSERT_EQ(type, GST_MESSAGE_EOS) << "an error after:\n" << recording_->text();
  }

  Recording& recording() { return *recording_; }

 private:
  std::string error() {
    GstBus* bus = gst_element_get_bus(pipeline_);
    GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    gst_object_unref(bus);
    if (message == nullptr) return "no error message";
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    const std::string text = error->message;
    g_error_free(error);
    gst_message_unref(message);
    return text;
  }

  GstElement* pipeline_;
  std::unique_ptr<Recording> recording_;
};

void expect_flow(Scenario& scenario, const std::string& name) {
  const std::filesystem::path file = std::filesystem::path(GANFACE_FLOWS) / (name + ".flow");
  const std::string recorded = scenario.recording().text();
  if (std::getenv("GANFACE_UPDATE_FLOWS") != nullptr) {
    std::ofstream(file) << recorded;
    return;
  }
  std::ifstream input(file);
  std::ostringstream expected;
  expected << input.rdbuf();
  EXPECT_EQ(recorded, expected.str()) << "expected: " << file;
}

// A photograph and a clip of six frames, made once.
class Media : public ::testing::Environment {
 public:
  void SetUp() override {
    gchar* made = g_dir_make_tmp("ganface-scenario-XXXXXX", nullptr);
    ASSERT_NE(made, nullptr);
    folder = made;
    g_free(made);
    ASSERT_EQ(run_pipeline("ganfake grid=1x1 num-buffers=1 ! videoconvert ! jpegenc ! "
                           "filesink location=" +
                           photo()),
              "");
    ASSERT_EQ(run_pipeline("ganfake grid=1x1 walk=line num-buffers=6 ! videoconvert ! jpegenc ! "
                           "matroskamux ! filesink location=" +
                           clip()),
              "");
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  static std::string photo() { return folder + "/photo.jpg"; }
  static std::string clip() { return folder + "/clip.mkv"; }

 private:
  inline static std::string folder;
};
const auto* const kMedia = ::testing::AddGlobalTestEnvironment(new Media);

const char* const kRepair =
    " ! decodebin ! videoconvert ! facemask face-source=frame region=mouth occlude=gray ! "
    "ganinpaint iterations=2 ! videoconvert ! ";

TEST(Scenario, GridOfFacesBecomesOnePng) {
  Scenario scenario(
      "ganfake grid=4x2 seed=1 num-buffers=1 ! videoconvert ! pngenc ! fakesink name=sink");
  scenario.play_to_end();
  expect_flow(scenario, "grid");
}

TEST(Scenario, PhotographIsRepaired) {
  Scenario scenario("filesrc location=" + Media::photo() + kRepair + "pngenc ! fakesink name=sink");
  scenario.play_to_end();
  expect_flow(scenario, "photograph");
}

TEST(Scenario, ClipIsRepairedFrameByFrame) {
  Scenario scenario("filesrc location=" + Media::clip() + kRepair +
                    "video/x-raw,format=I420 ! fakesink name=sink");
  scenario.play_to_end();
  expect_flow(scenario, "clip");
}

TEST(Scenario, SeekInAClipStartsAtTheSoughtFrame) {
  Scenario scenario("filesrc location=" + Media::clip() + kRepair +
                    "video/x-raw,format=I420 ! fakesink name=sink");
  scenario.change_to(GST_STATE_PAUSED);
  scenario.seek(120 * GST_MSECOND);
  scenario.seek(40 * GST_MSECOND, 160 * GST_MSECOND);
  scenario.play_to_end();
  expect_flow(scenario, "clip-seek");
}

TEST(Scenario, SeekInGeneratedFacesStartsAtTheSoughtFrame) {
  Scenario scenario(
      "ganfake grid=1x1 walk=line num-buffers=6 ! facemask face-source=frame region=center ! "
      "ganinpaint "
      "iterations=2 ! fakesink name=sink");
  scenario.change_to(GST_STATE_PAUSED);
  scenario.seek(120 * GST_MSECOND);
  scenario.play_to_end();
  expect_flow(scenario, "faces-seek");
}

TEST(Scenario, PauseLosesNoFrame) {
  Scenario scenario(
      "ganfake grid=1x1 num-buffers=8 ! facemask face-source=frame region=center ! ganinpaint "
      "iterations=2 ! "
      "fakesink name=sink sync=true");
  scenario.change_unnoted(GST_STATE_PLAYING);
  ASSERT_TRUE(scenario.recording().wait_for_buffers(3));
  scenario.change_unnoted(GST_STATE_PAUSED);
  scenario.wait_for_end();
  expect_flow(scenario, "pause");
}

TEST(Scenario, RestartBeginsAnew) {
  Scenario scenario(
      "ganfake grid=1x1 num-buffers=2 ! facemask face-source=frame region=center ! ganinpaint "
      "iterations=2 ! "
      "fakesink name=sink");
  scenario.play_to_end();
  scenario.change_to(GST_STATE_NULL);
  scenario.play_to_end();
  scenario.change_to(GST_STATE_READY);
  scenario.play_to_end();
  expect_flow(scenario, "restart");
}

}  // namespace
}  // namespace ganface::test
