// SPDX-License-Identifier: MIT
// Owns what a camera would see: people who come, go, and are covered and uncovered.
#include "scene.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace ganface::soak {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPortraits = 6;

// Frames of a launch line whose last element is appsink "sink".
std::vector<std::vector<uint8_t>> pictures_of(const std::string& line, const std::string& file) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  if (error != nullptr) throw std::runtime_error(line + ": " + error->message);
  if (GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "file")) {
    g_object_set(source, "location", file.c_str(), nullptr);
    gst_object_unref(source);
  }
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  std::vector<std::vector<uint8_t>> pictures;
  while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(sink))) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    pictures.emplace_back(gst_buffer_get_size(buffer));
    gst_buffer_extract(buffer, 0, pictures.back().data(), pictures.back().size());
    gst_sample_unref(sample);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(sink);
  gst_object_unref(pipeline);
  return pictures;
}

std::string to_square() {
  const std::string side = std::to_string(Portraits::kSide);
  return " ! videoconvert ! videoscale ! video/x-raw,format=RGB,pixel-aspect-ratio=1/1,width=" +
         side + ",height=" + side + " ! appsink name=sink sync=false";
}

// Some of the folder's square photographs, the same ones each time.
std::vector<fs::path> some_photographs(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const char* set : {"portraits/official", "lfw-deepfunneled"}) {
    for (fs::recursive_directory_iterator entry(folder / set, error), end; !error && entry != end;
         entry.increment(error))
      if (entry->path().extension() == ".jpg") files.push_back(entry->path());
    if (!files.empty()) break;
  }
  std::sort(files.begin(), files.end());
  std::vector<fs::path> some;
  for (size_t i = 0; i < kPortraits && !files.empty(); ++i)
    some.push_back(files[i * files.size() / kPortraits]);
  return some;
}

void set_pixel(std::vector<uint8_t>& rgb, int at, std::array<double, 3> colour, double share) {
  for (int c = 0; c < 3; ++c) {
    uint8_t& value = rgb[static_cast<size_t>(3 * at + c)];
    value = static_cast<uint8_t>(
        std::clamp(value * (1 - share) + colour[static_cast<size_t>(c)] * share, 0.0, 255.0));
  }
}

// What is in front of a place of the head, whose middle is 0, 0 and whose picture reaches to 0.5.
bool is_covered(int cover, double u, double v) {
  switch (cover) {
    case 1:  // a mask over mouth and nose
      return v > 0.02 && std::hypot(u, v - 0.12) < 0.2;
    case 2:  // a fist with its arm
      return std::hypot(u - 0.05, v - 0.08) < 0.14 || (v > 0.08 && std::abs(u - 0.05) < 0.08);
    case 3:  // a bar over the eyes
      return std::abs(v + 0.06) < 0.05 && std::abs(u) < 0.25;
    default:
      return false;
  }
}

std::array<double, 3> colour_of(int cover, double u, double v) {
  const double shade = 30 * (u - v);
  switch (cover) {
    case 1:
      return {150 + shade, 190 + shade, 215 + shade};
    case 2:
      return {190 + shade, 140 + shade, 115 + shade};
    default:
      return {0, 0, 0};
  }
}

}  // namespace

Portraits load_portraits() {
  Portraits portraits;
  if (const char* folder = std::getenv("GANFACE_TEST_DATA"))
    for (const fs::path& file : some_photographs(folder)) {
      auto pictures = pictures_of("filesrc name=file ! decodebin" + to_square(), file);
      if (!pictures.empty()) portraits.pictures.push_back(std::move(pictures.front()));
    }
  portraits.are_real = !portraits.pictures.empty();
  if (!portraits.are_real)
    portraits.pictures = pictures_of(
        "ganfake grid=1x1 seed=5 num-buffers=" + std::to_string(kPortraits) + to_square(), "");
  if (portraits.pictures.empty()) throw std::runtime_error("neither photographs nor ganfake");
  return portraits;
}

void write_png(const std::vector<uint8_t>& rgb, int side, const std::string& file) {
  GstElement* pipeline = gst_parse_launch(
      "appsrc name=source ! videoconvert ! pngenc snapshot=true ! filesink name=file", nullptr);
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "file");
  GstCaps* caps = gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "RGB", "width",
                                      G_TYPE_INT, side, "height", G_TYPE_INT, side, "framerate",
                                      GST_TYPE_FRACTION, 0, 1, nullptr);
  g_object_set(source, "caps", caps, nullptr);
  g_object_set(sink, "location", file.c_str(), nullptr);
  gst_caps_unref(caps);
  // Rows of RGB are padded to four bytes.
  const size_t row = static_cast<size_t>(3 * side), stride = (row + 3) / 4 * 4;
  std::vector<uint8_t> padded(stride * static_cast<size_t>(side));
  for (size_t y = 0; y < static_cast<size_t>(side); ++y)
    std::copy_n(rgb.data() + y * row, row, padded.data() + y * stride);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  gst_app_src_push_buffer(GST_APP_SRC(source), gst_buffer_new_memdup(padded.data(), padded.size()));
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool is_written = message != nullptr && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (message != nullptr) gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (gpointer object : {gpointer(bus), gpointer(source), gpointer(sink), gpointer(pipeline)})
    gst_object_unref(object);
  if (!is_written) throw std::runtime_error("cannot write " + file);
}

Scene::Scene(Portraits portraits) : portraits_(std::move(portraits)) { people_[0].is_there = true; }

std::string Scene::change(std::mt19937_64& random) {
  const auto number = static_cast<size_t>(random() % people_.size());
  const auto share = [&] { return static_cast<double>(random() % 1000) / 1000; };
  Person& person = people_[number];
  const std::string who = "person " + std::to_string(number);
  if (!person.is_there) {
    person.portrait = static_cast<size_t>(random() % portraits_.pictures.size());
    person.x = 0.15 + 0.7 * share();
    person.y = 0.3 + 0.4 * share();
    person.size = 0.4 + 0.7 * share();
    person.is_there = true;
    person.cover = random() % 3 == 0 ? 2 : 0;
    return who + " comes" + (person.cover != 0 ? ", covered" : "");
  }
  if (random() % 4 == 0) {
    person.is_there = false;
    return who + " goes";
  }
  person.cover = person.cover != 0 ? 0 : 1 + static_cast<int>(random() % 3);
  return who + (person.cover != 0 ? " is covered" : " is uncovered");
}

void Scene::paint_person(const Person& person, int number, std::vector<uint8_t>& rgb, int width,
                         int height) const {
  const std::vector<uint8_t>& portrait = portraits_.pictures[person.portrait];
  const double side = person.size * height;
  const double t = static_cast<double>(frames_) / 40 + number;
  const double x0 = person.x * width + 0.06 * side * std::sin(t) - side / 2;
  const double y0 = person.y * height + 0.03 * side * std::sin(2 * t) - side / 2;
  for (int y = std::max(0, static_cast<int>(y0)); y < std::min<double>(height, y0 + side); ++y)
    for (int x = std::max(0, static_cast<int>(x0)); x < std::min<double>(width, x0 + side); ++x) {
      const double u = (x - x0) / side - 0.5, v = (y - y0) / side - 0.5;
      const double edge = std::hypot(u / 0.46, v / 0.5);
      if (edge >= 1 || u < -0.5 || v < -0.5) continue;
      const auto column = static_cast<int>((u + 0.5) * Portraits::kSide),
                 row = static_cast<int>((v + 0.5) * Portraits::kSide);
      const auto at = static_cast<size_t>(3 * (row * Portraits::kSide + column));
      const double share = std::min(1.0, (1 - edge) * 8);
      if (is_covered(person.cover, u, v))
        set_pixel(rgb, y * width + x, colour_of(person.cover, u, v), 1);
      else
        set_pixel(rgb, y * width + x,
                  {double(portrait[at]), double(portrait[at + 1]), double(portrait[at + 2])},
                  share);
    }
}

GstBuffer* Scene::frame(const GstVideoInfo& info) {
  const int width = GST_VIDEO_INFO_WIDTH(&info), height = GST_VIDEO_INFO_HEIGHT(&info);
  GstVideoInfo plain;
  gst_video_info_set_format(&plain, GST_VIDEO_FORMAT_RGB, static_cast<guint>(width),
                            static_cast<guint>(height));
  plain.fps_n = info.fps_n;
  plain.fps_d = info.fps_d;
  if (width != width_ || height != height_) {
    width_ = width;
    height_ = height;
    background_.assign(static_cast<size_t>(3 * width * height), 0);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        set_pixel(background_, y * width + x,
                  {90 + 60.0 * x / width, 100 + 40.0 * y / height,
                   110 + static_cast<double>((x * 7 + y * 13) % 9)},
                  1);
  }
  std::vector<uint8_t> rgb = background_;
  for (size_t i = 0; i < people_.size(); ++i)
    if (people_[i].is_there) paint_person(people_[i], static_cast<int>(i), rgb, width, height);
  ++frames_;

  GstBuffer* from = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&plain), nullptr);
  GstBuffer* to = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr);
  GstVideoFrame source, target;
  gst_video_frame_map(&source, &plain, from, GST_MAP_WRITE);
  for (int y = 0; y < height; ++y)
    std::copy_n(rgb.data() + static_cast<size_t>(3 * width * y), 3 * width,
                static_cast<uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&source, 0)) +
                    y * GST_VIDEO_FRAME_PLANE_STRIDE(&source, 0));
  gst_video_frame_map(&target, &info, to, GST_MAP_WRITE);
  GstVideoConverter* converter = gst_video_converter_new(&plain, &info, nullptr);
  gst_video_converter_frame(converter, &source, &target);
  gst_video_converter_free(converter);
  gst_video_frame_unmap(&source);
  gst_video_frame_unmap(&target);
  gst_buffer_unref(from);

  for (const Person& person : people_) {
    if (!person.is_there) continue;
    const double side = 0.5 * person.size * height;
    const double x = std::max(0.0, person.x * width - side / 2),
                 y = std::max(0.0, person.y * height - side / 2);
    gst_buffer_add_video_region_of_interest_meta(to, "face", static_cast<guint>(x),
                                                 static_cast<guint>(y), static_cast<guint>(side),
                                                 static_cast<guint>(side));
  }
  return to;
}

}  // namespace ganface::soak
