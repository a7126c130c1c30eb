// SPDX-License-Identifier: MIT
// Measures what facemask and ganinpaint add to a 1080p frame without a face, beyond detection, and
// what facemask takes for a frame with one face that it follows, by the frame's size.
#include <gst/gst.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "nn/runtime/device.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFrames = 300;
constexpr int kRuns = 5;
constexpr double kMostMs = 1.0;

// Milliseconds a frame of 1920 x 1080 takes through a chain of elements.
double ms_per_frame(const std::string& format, const std::string& elements) {
  const std::string line = "videotestsrc pattern=black num-buffers=" + std::to_string(kFrames) +
                           " ! video/x-raw,width=1920,height=1080,format=" + format + " ! " +
                           elements + " ! fakesink sync=false";
  GstElement* pipeline = gst_parse_launch(line.c_str(), nullptr);
  // Models are loaded and caps negotiated before time runs.
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  gst_element_get_state(pipeline, nullptr, nullptr, GST_CLOCK_TIME_NONE);
  const auto begin = Clock::now();
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const double ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  const bool failed = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  return failed ? 1e9 : ms / kFrames;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Processor time of the thread that asks: other programs do not count.
double thread_ms() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

// What passes through facemask: its frames take the streaming thread so long.
struct Passage {
  double begin = 0;
  std::vector<double> ms;
  int faces = 0;
};

GstPadProbeReturn enter(GstPad*, GstPadProbeInfo*, gpointer data) {
  static_cast<Passage*>(data)->begin = thread_ms();
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn leave(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto& passage = *static_cast<Passage*>(data);
  passage.ms.push_back(thread_ms() - passage.begin);
  gpointer iterator = nullptr;
  while (const GstMeta* meta = gst_buffer_iterate_meta(GST_PAD_PROBE_INFO_BUFFER(info), &iterator))
    passage.faces += std::strcmp(g_type_name(meta->info->api), "GstFaceMaskMetaAPI") == 0;
  return GST_PAD_PROBE_OK;
}

// Milliseconds that facemask takes for each frame with one face of a share of its height. Without a
// face in each frame none are returned.
std::vector<double> facemask_ms(int width, int height, const std::string& properties) {
  constexpr int kFollowed = 120, kFirst = 20;
  constexpr double kShare = 0.45;
  const auto side = static_cast<int>(std::lround(kShare * height));
  const std::string size = std::to_string(side);
  const std::string line =
      "ganfake grid=1x1 seed=3 num-buffers=" + std::to_string(kFollowed) +
      " ! videoconvert ! videoscale ! video/x-raw,format=I420,width=" + size + ",height=" + size +
      " ! videobox name=box fill=white left=" + std::to_string(-(width - side) / 2) +
      " right=" + std::to_string(-(width - side + 1) / 2) +
      " top=" + std::to_string(-(height - side) / 2) +
      " bottom=" + std::to_string(-(height - side + 1) / 2) +
      " ! videoconvert ! video/x-raw,format=I420,width=" + std::to_string(width) +
      ",height=" + std::to_string(height) + " ! facemask name=mask " + properties +
      " ! fakesink sync=false";
  GstElement* pipeline = gst_parse_launch(line.c_str(), nullptr);
  GstElement* mask = gst_bin_get_by_name(GST_BIN(pipeline), "mask");
  Passage passage;
  for (const char* name : {"sink", "src"}) {
    GstPad* pad = gst_element_get_static_pad(mask, name);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, name[1] == 'i' ? enter : leave, &passage,
                      nullptr);
    gst_object_unref(pad);
  }
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (gpointer object : {gpointer(bus), gpointer(mask), gpointer(pipeline)})
    gst_object_unref(object);
  if (passage.faces != kFollowed) {
    std::printf("%dx%d: %d faces in %zu frames, expected one in each\n", width, height,
                passage.faces, passage.ms.size());
    return {};
  }
  passage.ms.erase(passage.ms.begin(), passage.ms.begin() + kFirst);
  return passage.ms;
}

// A frame's cost grows with its faces and hardly with its pixels.
bool measure_sizes(const char* properties) {
  struct Size {
    int width, height;
    double most;  // times the first one's
  };
  bool met = true;
  double first = 0;
  for (const Size& size : {Size{640, 480, 1}, {1920, 1080, 1.3}, {3840, 2160, 1.8}}) {
    std::vector<double> ms = facemask_ms(size.width, size.height, properties);
    if (ms.empty()) return false;
    const double middle = median(ms);
    if (first == 0) first = middle;
    std::sort(ms.begin(), ms.end());
    std::printf(
        "facemask %s, one face followed, %dx%d: p50 %.2f ms, %.2f times 640x480 (limit %.1f), p90 "
        "%.2f ms, longest %.2f ms\n",
        properties, size.width, size.height, middle, middle / first, size.most,
        ms[ms.size() * 9 / 10], ms.back());
    met = met && middle <= size.most * first;
  }
  return met;
}

}  // namespace

// "faces" measures frames with faces alone.
int main(int count, char** arguments) {
  gst_init(&count, &arguments);
  std::printf("%s\n", ganface::nn::instruction_set_line().c_str());
  bool met = measure_sizes("mask=region");
  met = measure_sizes("mask=auto") && met;
  if (count > 1 && std::string(arguments[1]) == "faces") return met ? 0 : 1;
  for (const char* format : {"I420", "NV12", "RGB", "BGRx"}) {
    std::vector<double> added;
    for (int run = 0; run < kRuns; ++run)
      added.push_back(ms_per_frame(format, "facemask face-source=roi ! ganinpaint") -
                      ms_per_frame(format, "identity ! queue max-size-buffers=1"));
    const double ms = median(added);
    std::printf("%s: a 1080p frame without a face costs %.3f ms beyond detection (limit %.1f)\n",
                format, ms, kMostMs);
    met = met && ms < kMostMs;
  }
  return met ? 0 : 1;
}
