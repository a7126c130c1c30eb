// SPDX-License-Identifier: MIT
// Owns an example: a C++ application that feeds its own frames, one after the other, through
// facemask and ganinpaint, and reads what they found.
//
//   c++ -std=c++17 -o embed embed.cpp $(pkg-config --cflags --libs gstfacemaskmeta
//   gstreamer-app-1.0)
//   ./embed photo.jpg repaired.png [FRAMES [FACE-SOURCE]]
//
// The application stands for one with a camera: it paints a green bar that wanders over the
// photograph, 25 frames a second. facemask takes green for missing.
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <gstfacemaskmeta.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Unref {
  void operator()(GstElement* element) const {
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
  }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GError* error) const { g_error_free(error); }
};
template <typename Type>
using Owned = std::unique_ptr<Type, Unref>;

// A picture of packed RGB pixels.
struct Picture {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;
};

constexpr int kFramesPerSecond = 25;

// A pipeline with an appsink "sink" and, where the application feeds it, an appsrc "source".
class Pipeline {
 public:
  explicit Pipeline(const std::string& description) {
    GError* error = nullptr;
    pipeline_.reset(gst_parse_launch(description.c_str(), &error));
    if (error != nullptr) throw std::runtime_error(Owned<GError>(error)->message);
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    sink_ = child("sink");
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // The pipeline keeps the child alive.
  GstElement* child(const char* name) {
    GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline_.get()), name);
    if (element == nullptr) throw std::runtime_error(std::string("no element ") + name);
    gst_object_unref(element);
    return element;
  }

  void play() {
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
      return;
    // The reason lies on the bus.
    throw_if_failed();
    throw std::runtime_error("the pipeline does not start");
  }

  // False when the pipeline takes no more frames, because it was stopped. Waits while the pipeline
  // has enough to do.
  bool push(const Picture& picture, GstClockTime time, GstClockTime duration) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, picture.pixels.size(), nullptr);
    gst_buffer_fill(buffer, 0, picture.pixels.data(), picture.pixels.size());
    GST_BUFFER_PTS(buffer) = time;
    GST_BUFFER_DURATION(buffer) = duration;
    return gst_app_src_push_buffer(GST_APP_SRC(child("source")), buffer) == GST_FLOW_OK;
  }

  void end() { gst_app_src_end_of_stream(GST_APP_SRC(child("source"))); }

  // Also ends a push() that waits in another thread.
  void stop() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  // The next frame; null at the end of the stream. Throws the pipeline's error. The sink wakes up
  // when a frame, the end or an error's end of stream reaches it; the time limit is for elements
  // that report an error and send no end.
  Owned<GstSample> pull() {
    for (;;) {
      Owned<GstSample> sample(gst_app_sink_try_pull_sample(GST_APP_SINK(sink_), GST_SECOND / 4));
      if (sample != nullptr) return sample;
      throw_if_failed();
      if (gst_app_sink_is_eos(GST_APP_SINK(sink_))) return nullptr;
    }
  }

 private:
  void throw_if_failed() {
    const Owned<GstMessage> message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR));
    if (message == nullptr) return;
    GError* error = nullptr;
    gchar* details = nullptr;
    gst_message_parse_error(message.get(), &error, &details);
    std::string text =
        std::string(GST_MESSAGE_SRC_NAME(message.get())) + ": " + Owned<GError>(error)->message;
    if (details != nullptr) text += std::string("\n") + details;
    g_free(details);
    throw std::runtime_error(text);
  }

  Owned<GstElement> pipeline_;
  Owned<GstBus> bus_;
  GstElement* sink_ = nullptr;
};

struct StopAtExit {
  Pipeline& pipeline;
  ~StopAtExit() { pipeline.stop(); }
};

Picture picture_of(GstSample* sample) {
  GstVideoInfo info;
  GstVideoFrame frame;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
      !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
    throw std::runtime_error("the frame is no picture");
  Picture picture{info.width, info.height, {}};
  for (int y = 0; y < picture.height; ++y) {
    const auto* row = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)) +
                      ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
    picture.pixels.insert(picture.pixels.end(), row, row + picture.width * 3);
  }
  gst_video_frame_unmap(&frame);
  return picture;
}

Picture load(const std::string& file) {
  // A width that is a multiple of 4 needs no padding between the rows of RGB.
  Pipeline pipeline(
      "filesrc name=source ! decodebin ! videoconvert ! videoscale ! "
      "video/x-raw,format=RGB,width=[4,8192,4] ! appsink name=sink sync=false");
  g_object_set(pipeline.child("source"), "location", file.c_str(), nullptr);
  pipeline.play();
  const Owned<GstSample> sample = pipeline.pull();
  if (sample == nullptr) throw std::runtime_error(file + " holds no picture");
  return picture_of(sample.get());
}

void save(const std::string& file, GstSample* frame) {
  const Owned<GstCaps> png(gst_caps_new_empty_simple("image/png"));
  GError* error = nullptr;
  const Owned<GstSample> encoded(
      gst_video_convert_sample(frame, png.get(), 10 * GST_SECOND, &error));
  if (encoded == nullptr) throw std::runtime_error(Owned<GError>(error)->message);
  GstBuffer* buffer = gst_sample_get_buffer(encoded.get());
  std::vector<char> bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  std::ofstream output(file, std::ios::binary);
  output.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!output.flush()) throw std::runtime_error(file + " cannot be written");
}

// What the camera sees: the photograph, and a green bar a sixth of its width at another place in
// every frame.
Picture next_frame(const Picture& photo, int number) {
  Picture frame = photo;
  const int bar = photo.width / 6;
  const int left = bar + number * 3 % (photo.width - 2 * bar);
  for (int y = 0; y < frame.height; ++y)
    for (int x = left; x < std::min(left + bar, frame.width); ++x) {
      uint8_t* pixel = &frame.pixels[static_cast<size_t>(y * frame.width + x) * 3];
      pixel[0] = pixel[2] = 0;
      pixel[1] = 255;
    }
  return frame;
}

int green_pixels(const Picture& picture) {
  int count = 0;
  for (size_t i = 0; i < picture.pixels.size(); i += 3)
    count += picture.pixels[i] == 0 && picture.pixels[i + 1] == 255 && picture.pixels[i + 2] == 0;
  return count;
}

int faces_of(GstBuffer* buffer) {
  int count = 0;
  gpointer iterator = nullptr;
  while (gst_buffer_iterate_face_mask_meta(buffer, &iterator) != nullptr) ++count;
  return count;
}

void run(const std::string& from, const std::string& to, int frames,
         const std::string& face_source) {
  const Picture photo = load(from);
  const std::string caps = "video/x-raw,format=RGB,width=" + std::to_string(photo.width) +
                           ",height=" + std::to_string(photo.height) +
                           ",framerate=" + std::to_string(kFramesPerSecond) + "/1";
  // max-buffers and block: push() waits when the application is ahead by that many frames, instead
  // of filling the memory. dilate=2 takes along the pixels in which bar and face are mixed.
  Pipeline pipeline(
      "appsrc name=source format=time max-buffers=4 max-bytes=0 block=true caps=" + caps +
      " ! facemask mask=color color=0x00ff00 dilate=2 face-source=" + face_source +
      " ! queue max-size-buffers=4 ! ganinpaint ! videoconvert ! "
      "video/x-raw,format=RGB ! appsink name=sink sync=false max-buffers=4");
  pipeline.play();
  // Frames go in from a thread of their own: the pipeline holds several at a time, so that frame n
  // may come out only after frame n + 4 went in.
  const std::future<void> feeder = std::async(std::launch::async, [&] {
    const auto time_of = [](int n) {
      return gst_util_uint64_scale(static_cast<guint64>(n), GST_SECOND, kFramesPerSecond);
    };
    for (int n = 0; n < frames; ++n)
      if (!pipeline.push(next_frame(photo, n), time_of(n), time_of(n + 1) - time_of(n))) return;
    pipeline.end();
  });
  // When an error is thrown below, the feeder, which feeder's destructor waits for, is let go
  // first.
  const StopAtExit stop{pipeline};
  Owned<GstSample> last;
  while (Owned<GstSample> sample = pipeline.pull()) {
    GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    std::cout << GST_BUFFER_PTS(buffer) / GST_MSECOND << " ms: " << faces_of(buffer) << " faces, "
              << green_pixels(picture_of(sample.get())) << " green pixels left\n";
    last = std::move(sample);
  }
  if (last == nullptr) throw std::runtime_error("no frame came back");
  save(to, last.get());
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3 || count > 5) {
    std::cerr << "usage: " << arguments[0] << " PHOTO REPAIRED.png [FRAMES [FACE-SOURCE]]\n";
    return 2;
  }
  gst_init(nullptr, nullptr);
  try {
    run(arguments[1], arguments[2], count > 3 ? std::atoi(arguments[3]) : 10,
        count > 4 ? arguments[4] : "detect");
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
