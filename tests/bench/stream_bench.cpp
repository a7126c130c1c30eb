// SPDX-License-Identifier: MIT
// Measures streams that are repaired by completion: a live one, whether frames are lost and how
// long one takes, and a long one, whether memory grows and what is outside the holes stays. Usage:
// bench-stream [live|long] [SECONDS or FRAMES] [PROPERTIES of facemask] [of ganinpaint]
#include <ganface/holes.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "nn/runtime/device.h"
#include "train/synthetic/face_scenes.h"
#include "validation_people.h"

namespace {

using namespace ganface;
using Clock = std::chrono::steady_clock;
using train::Photographs;
using train::Random;
using train::Similarity;
using train::Spot;

constexpr double kMostMs = 33;

// What a camera gives.
struct Camera {
  int width = 640, height = 480;
  double rate = 30;  // frames a second

  // Throws std::invalid_argument.
  explicit Camera(const std::string& text) {
    char end = 0;
    const int count = std::sscanf(text.c_str(), "%dx%d@%lf%c", &width, &height, &rate, &end);
    const bool is_size = count == 3 || (count == 2 && text.find('@') == std::string::npos);
    if (!text.empty() && (!is_size || width < 160 || height < 120 || width > 8192 ||
                          height > 8192 || !(rate >= 1 && rate <= 240)))
      throw std::invalid_argument("'" + text +
                                  "' is no camera; expected WIDTHxHEIGHT or "
                                  "WIDTHxHEIGHT@RATE, as 1920x1080@30");
  }
};

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

// Pictures of `faces` people; from time to time a fist comes in front of each.
std::vector<Image> live_pictures(int faces, int count, const Camera& camera) {
  const std::vector<std::filesystem::path> files = bench::validation_files();
  std::vector<std::filesystem::path> some;
  for (size_t i = 0; i < 12; ++i) some.push_back(files[i * files.size() / 12]);
  const Photographs photographs(some);
  const train::FaceScenes scenes(photographs);
  Random random(3);
  const Image background = scenes.background(camera.width, camera.height, random);
  std::vector<Image> pictures;
  const float scale = static_cast<float>(camera.height) / 480;
  for (int frame = 0; frame < count; ++frame) {
    const float t = 6.2831853f * static_cast<float>(frame) / static_cast<float>(count);
    Image picture = background;
    for (int face = 0; face < faces; ++face) {
      Random own(10 + static_cast<uint64_t>(face));  // the same light and outline in each frame
      const Spot centre{static_cast<float>(camera.width) * (static_cast<float>(face) + 0.5f) /
                                static_cast<float>(faces) +
                            15 * scale * std::sin(t),
                        static_cast<float>(camera.height) * 0.5f + 8 * scale * std::sin(2 * t)};
      const float side = 210 * scale;
      train::FaceScenes::add_face(picture, photographs[static_cast<size_t>(face) + 4], centre, side,
                                  0.06f * std::sin(t), own);
      // In front of the face for half of the time.
      const float lift = std::sin(t + 1.5f * static_cast<float>(face));
      const Spot fist{centre.x + 30 * scale * std::cos(3 * t),
                      centre.y + side * (0.75f - 0.65f * lift)};
      for (int y = 0; y < camera.height; ++y)
        for (int x = 0; x < camera.width; ++x) {
          const float u = static_cast<float>(x) - fist.x, v = static_cast<float>(y) - fist.y;
          if (std::hypot(u, v) < 0.22f * side || (v > 0 && std::abs(u) < 0.13f * side))
            train::set_pixel(picture, x, y,
                             {40, 70.f + 0.2f * u / scale, 150.f - 0.2f * v / scale});
        }
    }
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

// When each frame went in and came out, by its time stamp.
struct Passage {
  std::mutex mutex;
  std::map<GstClockTime, Clock::time_point> entered;
  std::vector<double> ms;

  void enter(GstPadProbeInfo* info) {
    const std::lock_guard lock(mutex);
    entered[GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info))] = Clock::now();
  }
  void leave(GstPadProbeInfo* info) {
    const std::lock_guard lock(mutex);
    const auto entry = entered.find(GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
    if (entry == entered.end()) return;
    ms.push_back(ms_between(entry->second, Clock::now()));
    entered.erase(entry);
  }
};

// Of both elements together, and of the first alone.
struct Passages {
  Passage both, facemask;
};

void watch(GstElement* pipeline, const char* element, const char* pad_name,
           GstPadProbeCallback callback, gpointer data) {
  GstElement* watched = gst_bin_get_by_name(GST_BIN(pipeline), element);
  GstPad* pad = gst_element_get_static_pad(watched, pad_name);
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, data, nullptr);
  gst_object_unref(pad);
  gst_object_unref(watched);
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// True when no frame was lost and 99 of 100 took no longer than a frame lasts.
bool run_live(int faces, int seconds, const Camera& camera, const std::string& mask,
              const std::string& repair_as) {
  const std::vector<Image> pictures = live_pictures(faces, 120, camera);
  const auto rate = static_cast<int>(std::lround(1000 * camera.rate));  // frames in 1000 s
  GError* problem = nullptr;
  const std::string line =
      "appsrc name=in is-live=true format=time caps=video/x-raw,format=RGB,width=" +
      std::to_string(camera.width) + ",height=" + std::to_string(camera.height) +
      ",framerate=" + std::to_string(rate) +
      "/1000 ! videoconvert ! video/x-raw,format=I420 ! facemask name=mask " + mask +
      " ! ganinpaint name=repair method=completion memory=true " + repair_as +
      " ! queue ! x264enc speed-preset=ultrafast tune=zerolatency ! fakesink name=out sync=true";
  GstElement* pipeline = gst_parse_launch(line.c_str(), &problem);
  if (pipeline == nullptr) {
    std::printf("no pipeline: %s\n", problem->message);
    return false;
  }
  Passages passages;
  std::atomic<int> out{0};
  watch(
      pipeline, "mask", "sink",
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto& own = *static_cast<Passages*>(data);
        own.both.enter(info);
        own.facemask.enter(info);
        return GST_PAD_PROBE_OK;
      },
      &passages);
  watch(
      pipeline, "mask", "src",
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        static_cast<Passages*>(data)->facemask.leave(info);
        return GST_PAD_PROBE_OK;
      },
      &passages);
  watch(
      pipeline, "repair", "src",
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        static_cast<Passages*>(data)->both.leave(info);
        return GST_PAD_PROBE_OK;
      },
      &passages);
  watch(
      pipeline, "out", "sink",
      [](GstPad*, GstPadProbeInfo*, gpointer data) {
        ++*static_cast<std::atomic<int>*>(data);
        return GST_PAD_PROBE_OK;
      },
      &out);
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "in");
  GstElement* repair = gst_bin_get_by_name(GST_BIN(pipeline), "repair");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const int frames = static_cast<int>(seconds * camera.rate);
  guint64 most_waiting = 0;
  // A frame when its time has come, whatever becomes of the last one.
  const auto begin = Clock::now();
  for (int frame = 0; frame < frames; ++frame) {
    std::this_thread::sleep_until(begin + frame * std::chrono::microseconds(1000000000LL / rate));
    const Image& picture = pictures[static_cast<size_t>(frame) % pictures.size()];
    GstBuffer* buffer = gst_buffer_new_memdup(picture.pixels.data(), picture.pixels.size());
    GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(static_cast<guint64>(frame), 1000 * GST_SECOND,
                                                   static_cast<guint64>(rate));
    GST_BUFFER_DURATION(buffer) =
        gst_util_uint64_scale(1000, GST_SECOND, static_cast<guint64>(rate));
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
    most_waiting =
        std::max(most_waiting, gst_app_src_get_current_level_buffers(GST_APP_SRC(source)));
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool ended = message != nullptr && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (message != nullptr) gst_message_unref(message);
  GstStructure* stats = nullptr;
  g_object_get(repair, "stats", &stats, nullptr);
  guint64 repaired = 0, remembered = 0, skipped = 0;
  gst_structure_get(stats, "faces", G_TYPE_UINT64, &repaired, "faces-remembered", G_TYPE_UINT64,
                    &remembered, "faces-skipped", G_TYPE_UINT64, &skipped, nullptr);
  gst_structure_free(stats);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (gpointer object : {gpointer(bus), gpointer(source), gpointer(repair), gpointer(pipeline)})
    gst_object_unref(object);
  const std::vector<double>& ms = passages.both.ms;

  const double p99 = percentile(ms, 0.99);
  const auto late = std::count_if(ms.begin(), ms.end(), [](double own) { return own > kMostMs; });
  std::printf(
      "live, %d face(s), %dx%d, %d s at %.1f frames/s: %d of %d frames came out, at most %d "
      "waiting; "
      "facemask and ganinpaint p50 %.1f ms, p99 %.1f ms, longest %.1f ms, %d above %.0f ms "
      "(facemask "
      "alone %.1f, "
      "%.1f and %.1f ms); %d faces repaired, %d from memory, %d not in time\n",
      faces, camera.width, camera.height, seconds, camera.rate, out.load(), frames,
      static_cast<int>(most_waiting), percentile(ms, 0.5), p99, percentile(ms, 1),
      static_cast<int>(late), kMostMs, percentile(passages.facemask.ms, 0.5),
      percentile(passages.facemask.ms, 0.99), percentile(passages.facemask.ms, 1),
      static_cast<int>(repaired), static_cast<int>(remembered), static_cast<int>(skipped));
  return ended && out == frames && p99 < kMostMs;
}

// ---- The long stream ----------------------------------------------------------------------------

constexpr int kSmall = 128, kPatch = 40;

// A picture of a face with a green patch that comes and goes.
std::vector<uint8_t> long_frame(const Image& face, int frame) {
  std::vector<uint8_t> pixels = face.pixels;
  if (frame % 90 < 30) return pixels;
  const int left = 8 + frame * 3 % (kSmall - kPatch - 16),
            top = 8 + frame * 2 % (kSmall - kPatch - 16);
  for (int y = top; y < top + kPatch; ++y)
    for (int x = left; x < left + kPatch; ++x) {
      uint8_t* pixel = &pixels[static_cast<size_t>(3 * (y * kSmall + x))];
      pixel[0] = pixel[2] = 0;
      pixel[1] = 255;
    }
  return pixels;
}

bool near_green(const std::vector<uint8_t>& pixels, int x, int y) {
  constexpr int kBand = 6;  // of blending
  for (int v = std::max(0, y - kBand); v <= std::min(kSmall - 1, y + kBand); ++v)
    for (int u = std::max(0, x - kBand); u <= std::min(kSmall - 1, x + kBand); ++u) {
      const uint8_t* pixel = &pixels[static_cast<size_t>(3 * (v * kSmall + u))];
      if (pixel[0] == 0 && pixel[1] == 255 && pixel[2] == 0) return true;
    }
  return false;
}

double resident_mib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word)
    if (word == "VmRSS:") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

double allocated_mib() { return static_cast<double>(mallinfo2().uordblks) / (1024 * 1024); }

bool run_long(int frames) {
  const Image face =
      resize(canonical_crop(read_image(bench::validation_files().front()).view(), 128).view(),
             kSmall, kSmall);
  GstElement* pipeline = gst_parse_launch(
      "appsrc name=in format=time caps=video/x-raw,format=RGB,width=128,height=128,framerate=30/1 "
      "! "
      "facemask face-source=frame mask=color color=0x00ff00 tolerance=60 ! ganinpaint "
      "method=completion ! appsink name=out sync=false max-buffers=4",
      nullptr);
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "in");
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "out");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const auto begin = Clock::now();
  const int settled = frames / 10;
  double resident = 0, allocated = 0, most_resident = 0, most_allocated = 0;
  int touched = 0, out = 0, holes_left = 0;
  for (int frame = 0; frame < frames; ++frame) {
    const std::vector<uint8_t> pixels = long_frame(face, frame);
    GstBuffer* buffer = gst_buffer_new_memdup(pixels.data(), pixels.size());
    GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(static_cast<guint64>(frame), GST_SECOND, 30);
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
    GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(sink));
    if (sample == nullptr) break;
    ++out;
    // Every frame is compared where that is cheap, and every hundredth everywhere.
    GstMapInfo map;
    gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ);
    if (frame % 90 < 30) {
      touched += std::memcmp(map.data, pixels.data(), pixels.size()) != 0;
    } else if (frame % 100 < 2) {
      bool same = true;
      for (int y = 0; y < kSmall; ++y)
        for (int x = 0; x < kSmall; ++x) {
          const auto i = static_cast<size_t>(3 * (y * kSmall + x));
          if (std::memcmp(map.data + i, &pixels[i], 3) != 0 && !near_green(pixels, x, y))
            same = false;
          holes_left += map.data[i] == 0 && map.data[i + 1] == 255 && map.data[i + 2] == 0;
        }
      touched += !same;
    }
    gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
    gst_sample_unref(sample);
    if (frame == settled) {
      resident = resident_mib();
      allocated = allocated_mib();
    }
    if (frame > settled && frame % std::max(1, frames / 100) == 0) {
      most_resident = std::max(most_resident, resident_mib());
      most_allocated = std::max(most_allocated, allocated_mib());
    }
  }
  const double seconds = ms_between(begin, Clock::now()) / 1000;
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (gpointer object : {gpointer(source), gpointer(sink), gpointer(pipeline)})
    gst_object_unref(object);
  std::printf(
      "long, %d of %d frames in %.0f s: after frame %d %.1f MiB resident, %.2f MiB allocated; at "
      "most %.1f and %.2f MiB later; frames changed outside holes: %d, green pixels left: %d\n",
      out, frames, seconds, settled, resident, allocated, most_resident, most_allocated, touched,
      holes_left);
  return out == frames && touched == 0 && holes_left == 0 && most_resident < resident + 8 &&
         most_allocated < allocated + 1;
}

}  // namespace

int main(int count, char** arguments) {
  gst_init(&count, &arguments);
  if (!std::filesystem::exists(bench::data())) {
    std::printf("skipped: no test data at %s\n", bench::data().c_str());
    return 77;
  }
  std::printf("%s\n", nn::instruction_set_line().c_str());
  const std::string part = count > 1 ? arguments[1] : "";
  const int amount = count > 2 ? std::atoi(arguments[2]) : 0;
  bool met = true;
  if (part != "long") {
    const int seconds = amount > 0 ? amount : 60;
    const auto argument = [&](int i) { return std::string(count > i ? arguments[i] : ""); };
    std::optional<Camera> camera;
    try {
      camera.emplace(argument(3));
    } catch (const std::invalid_argument& error) {
      std::printf("bench-stream: %s\n", error.what());
      return 2;
    }
    met = run_live(1, seconds, *camera, argument(4), argument(5)) && met;
    run_live(2, seconds, *camera, argument(4), argument(5));
    std::printf("  %s: one face, no frame lost, p99 below %.0f ms\n", met ? "met" : "MISSED",
                kMostMs);
  }
  if (part != "live") {
    const bool steady = run_long(amount > 0 ? amount : 20000);
    std::printf("  %s: memory flat, nothing touched outside holes\n", steady ? "met" : "MISSED");
    met = met && steady;
  }
  return met ? 0 : 1;
}
