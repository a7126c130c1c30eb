// SPDX-License-Identifier: MIT
// Test of facemask ! ganinpaint on a real clip. Skipped (exit code 77) where the clip is missing.
#include <gst/app/gstappsink.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "gstfacemaskmeta.h"
#include "harness.h"

namespace ganface::test {
namespace {

std::filesystem::path clip() {
  const char* folder = std::getenv("GANFACE_TEST_DATA");
  return std::filesystem::path(folder != nullptr ? folder : "../shared/data") /
         "clips/asl-again.mkv";
}

struct Unref {
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};
using Sample = std::unique_ptr<GstSample, Unref>;

class Sink {
 public:
  Sink(GstElement* pipeline, const char* name)
      : sink_(gst_bin_get_by_name(GST_BIN(pipeline), name)) {}
  ~Sink() { gst_object_unref(sink_); }
  Sample pull() { return Sample(gst_app_sink_pull_sample(GST_APP_SINK(sink_))); }

 private:
  GstElement* sink_;
};

// Pixels of the canonical crop that may change: the hole, its blend band of 2 model pixels and the
// model pixel that it is rounded up to; a model pixel is two of the mask.
constexpr int kReach = 6;

bool may_change(const GstFaceMaskMeta& face, double x, double y) {
  const auto size = static_cast<int>(face.mask_size);
  // From the canonical crop to the head crop, which the mask covers.
  const auto in_mask = [](double place) { return (place - 0.5) / GST_FACE_MASK_SPAN + 0.5; };
  const double u = in_mask(face.transform[0] * x + face.transform[1] * y + face.transform[2]);
  const double v = in_mask(face.transform[3] * x + face.transform[4] * y + face.transform[5]);
  if (u < 0 || u >= 1 || v < 0 || v >= 1) return false;
  const auto* mask = static_cast<const uint8_t*>(g_bytes_get_data(face.mask, nullptr));
  const int column = static_cast<int>(u * size), row = static_cast<int>(v * size);
  for (int j = std::max(0, row - kReach); j <= std::min(size - 1, row + kReach); ++j)
    for (int i = std::max(0, column - kReach); i <= std::min(size - 1, column + kReach); ++i)
      if (mask[j * size + i] != 0) return true;
  return false;
}

// Samples of an I420 frame that changed; the first one that was not allowed to is a failure.
int compare(GstBuffer* before, GstBuffer* after, const GstVideoInfo& info) {
  const std::vector<uint8_t> in = bytes_of(before), out = bytes_of(after);
  EXPECT_EQ(in.size(), out.size());
  std::vector<const GstFaceMaskMeta*> faces;
  gpointer iterator = nullptr;
  while (const GstFaceMaskMeta* face = gst_buffer_iterate_face_mask_meta(before, &iterator))
    faces.push_back(face);
  int changed = 0;
  for (guint component = 0; component < 3; ++component) {
    const int step = component == 0 ? 1 : 2;
    for (int y = 0; y < GST_VIDEO_INFO_COMP_HEIGHT(&info, component); ++y)
      for (int x = 0; x < GST_VIDEO_INFO_COMP_WIDTH(&info, component); ++x) {
        const auto i =
            static_cast<size_t>(static_cast<int>(GST_VIDEO_INFO_COMP_OFFSET(&info, component)) +
                                y * GST_VIDEO_INFO_COMP_STRIDE(&info, component) + x);
        if (in[i] == out[i]) continue;
        ++changed;
        const bool allowed =
            std::any_of(faces.begin(), faces.end(), [&](const GstFaceMaskMeta* face) {
              return may_change(*face, (x + 0.5) * step, (y + 0.5) * step);
            });
        if (!allowed) {
          ADD_FAILURE() << "component " << component << " at " << x << "," << y
                        << " is outside the holes but changed";
          return changed;
        }
      }
  }
  return changed;
}

TEST(RealClip, KeepsFramesTimestampsAndEveryByteOutsideTheRepairedHoles) {
  const std::string line =
      "filesrc location=" + clip().string() +
      " ! decodebin ! videoconvert ! video/x-raw,format=I420 ! tee name=source"
      " source. ! queue ! appsink name=source-frames sync=false"
      " source. ! queue ! facemask region=mouth occlude=gray ! tee name=masked"
      " masked. ! queue ! appsink name=before sync=false"
      " masked. ! queue ! ganinpaint iterations=1 ! appsink name=after sync=false";
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  ASSERT_EQ(error, nullptr) << error->message;
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  int frames = 0, repaired = 0;
  {
    Sink source(pipeline, "source-frames"), before(pipeline, "before"), after(pipeline, "after");
    while (const Sample original = source.pull()) {
      const Sample masked = before.pull(), result = after.pull();
      ASSERT_TRUE(masked && result) << "frame " << frames << " was lost";
      GstBuffer* in = gst_sample_get_buffer(masked.get());
      GstBuffer* out = gst_sample_get_buffer(result.get());
      EXPECT_EQ(GST_BUFFER_PTS(out), GST_BUFFER_PTS(gst_sample_get_buffer(original.get())));
      EXPECT_EQ(GST_BUFFER_DURATION(out), GST_BUFFER_DURATION(in));
      GstVideoInfo info;
      ASSERT_TRUE(gst_video_info_from_caps(&info, gst_sample_get_caps(result.get())));
      const int changed = compare(in, out, info);
      if (::testing::Test::HasFailure()) break;
      repaired += changed > 0;
      ++frames;
    }
    EXPECT_EQ(after.pull(), nullptr);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  EXPECT_GT(frames, 30);
  EXPECT_GE(repaired, frames * 9 / 10) << "of " << frames << " frames";
  std::printf("%d frames, %d repaired\n", frames, repaired);
}

TEST(RealClip, APhotographOfThePersonBringsBackWhatNoFrameShows) {
  char folder[] = "/tmp/real-clip-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  // The photograph is the clip's first frame; without memory no other frame knows it.
  const std::string photograph = std::string(folder) + "/person.png";
  const std::string decoded =
      "filesrc location=" + clip().string() + " ! decodebin ! videoconvert ! ";
  ASSERT_EQ(run_pipeline(decoded + "pngenc snapshot=true ! filesink location=" + photograph), "");
  constexpr int kFrames = 5;
  const auto frames_of = [&](const std::string& elements) {
    std::vector<std::vector<uint8_t>> frames;
    GError* error = nullptr;
    GstElement* pipeline = gst_parse_launch(
        (decoded + "video/x-raw,format=RGB ! " + elements + " ! appsink name=sink sync=false")
            .c_str(),
        &error);
    EXPECT_EQ(error, nullptr);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    {
      Sink sink(pipeline, "sink");
      while (frames.size() < kFrames) {
        const Sample sample = sink.pull();
        if (!sample) break;
        frames.push_back(bytes_of(gst_sample_get_buffer(sample.get())));
      }
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
    return frames;
  };
  const std::string covered =
      "facemask region=eyes occlude=gray max-faces=1 ! ganinpaint memory=false";
  const auto truth = frames_of("identity"), alone = frames_of(covered),
             known = frames_of(covered + " photograph=" + photograph);
  std::filesystem::remove_all(folder);
  ASSERT_EQ(truth.size(), size_t{kFrames});
  ASSERT_EQ(alone.size(), size_t{kFrames});
  ASSERT_EQ(known.size(), size_t{kFrames});
  const auto error_of = [&](const std::vector<std::vector<uint8_t>>& frames) {
    double sum = 0;
    for (size_t i = 0; i < kFrames; ++i)
      for (size_t j = 0; j < truth[i].size(); ++j) {
        const double difference = double{1} * frames[i][j] - truth[i][j];
        sum += difference * difference;
      }
    return sum;
  };
  EXPECT_GT(error_of(alone), 0);
  EXPECT_LT(error_of(known), 0.9 * error_of(alone));
}

TEST(RealClip, FindsFacesThroughPixelsThatAreNotSquare) {
  // Squeezed to half its width, in pixels of twice the width: the same picture on a screen.
  const std::string line =
      "filesrc location=" + clip().string() +
      " ! decodebin ! videoconvert ! videoscale"
      " ! video/x-raw,width=320,height=480,pixel-aspect-ratio=2/1"
      " ! facemask region=center max-faces=1 ! appsink name=squeezed sync=false";
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  ASSERT_EQ(error, nullptr) << error->message;
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  int frames = 0, found = 0;
  {
    Sink sink(pipeline, "squeezed");
    while (const Sample sample = sink.pull()) {
      ++frames;
      gpointer iterator = nullptr;
      const GstFaceMaskMeta* face =
          gst_buffer_iterate_face_mask_meta(gst_sample_get_buffer(sample.get()), &iterator);
      if (face == nullptr) continue;
      ++found;
      // A square of the screen is twice as high as wide in these pixels.
      EXPECT_NEAR(face->transform[0] / face->transform[4], 2.0, 0.02);
    }
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  EXPECT_GT(frames, 30);
  EXPECT_GE(found, frames * 9 / 10) << "of " << frames << " frames";
}

}  // namespace
}  // namespace ganface::test

int main(int count, char** arguments) {
  if (!std::filesystem::exists(ganface::test::clip())) {
    std::printf("skipped: %s is missing\n", ganface::test::clip().c_str());
    return 77;
  }
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
