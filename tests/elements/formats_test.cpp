// SPDX-License-Identifier: MIT
// Tests that every format, geometry and memory layout gives the repair that RGB gives.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include "harness.h"
#include "loaded_models.h"

namespace ganface::test {
namespace {

// A frame with plane strides and offsets that the default layout does not have.
GstBuffer* padded_buffer(const GstVideoInfo& info, const GstVideoInfo& rgb,
                         const std::vector<uint8_t>& rgb_bytes, int padding) {
  gsize offsets[GST_VIDEO_MAX_PLANES] = {};
  gint strides[GST_VIDEO_MAX_PLANES] = {};
  gsize size = static_cast<gsize>(padding);
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane) {
    const int rows = GST_VIDEO_SUB_SCALE(plane > 0 && GST_VIDEO_INFO_IS_YUV(&info) ? 1 : 0,
                                         GST_VIDEO_INFO_HEIGHT(&info));
    strides[plane] = GST_VIDEO_INFO_PLANE_STRIDE(&info, plane) + padding;
    offsets[plane] = size;
    size += static_cast<gsize>(strides[plane] * rows + padding);
  }
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
  gst_buffer_memset(buffer, 0, 0xab, size);
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
                                 static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info)),
                                 static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info)),
                                 GST_VIDEO_INFO_N_PLANES(&info), offsets, strides);
  GST_BUFFER_PTS(buffer) = 0;
  GstBuffer* source = to_buffer(rgb_bytes);
  GstVideoFrame in, out;
  EXPECT_TRUE(gst_video_frame_map(&in, &rgb, source, GST_MAP_READ));
  EXPECT_TRUE(gst_video_frame_map(&out, &info, buffer, GST_MAP_WRITE));
  GstVideoConverter* converter = gst_video_converter_new(&rgb, &info, nullptr);
  gst_video_converter_frame(converter, &in, &out);
  gst_video_converter_free(converter);
  gst_video_frame_unmap(&in);
  gst_video_frame_unmap(&out);
  gst_buffer_unref(source);
  return buffer;
}

// Samples of a component, row after row.
std::vector<uint8_t> component_of(GstBuffer* buffer, const GstVideoInfo& info, guint component) {
  GstVideoFrame frame;
  EXPECT_TRUE(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ));
  std::vector<uint8_t> samples;
  for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&frame, component); ++y)
    for (int x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH(&frame, component); ++x)
      samples.push_back(static_cast<uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(
          &frame, component))[y * GST_VIDEO_FRAME_COMP_STRIDE(&frame, component) +
                              x * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component)]);
  gst_video_frame_unmap(&frame);
  return samples;
}

// A smooth picture, so that halving its chroma loses nothing but rounding.
std::vector<uint8_t> smooth_rgb(const GstVideoInfo& info) {
  std::vector<uint8_t> bytes(GST_VIDEO_INFO_SIZE(&info));
  const int width = GST_VIDEO_INFO_WIDTH(&info), height = GST_VIDEO_INFO_HEIGHT(&info);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      uint8_t* pixel = bytes.data() + y * GST_VIDEO_INFO_PLANE_STRIDE(&info, 0) + 3 * x;
      const double u = double(x) / width, v = double(y) / height;
      pixel[0] = static_cast<uint8_t>(110 + 60 * u);
      pixel[1] = static_cast<uint8_t>(90 + 50 * v);
      pixel[2] = static_cast<uint8_t>(120 - 40 * u * v);
    }
  return bytes;
}

// The repair that users get, which sees the picture and passes on how it was rounded.
constexpr char kFast[] = "iterations=2";
// A step too small to matter from a fixed z: the same face whatever the picture.
constexpr char kFixed[] = "preset=paper iterations=1 learning-rate=0.000001";

GstBuffer* repair(const GstVideoInfo& info, GstBuffer* buffer, const char* settings) {
  GstHarness* harness = gst_harness_new_parse(
      (std::string("facemask face-source=frame region=center ! ganinpaint blend=none ") + settings)
          .c_str());
  gst_harness_set_src_caps_str(harness, caps_of(info).c_str());
  EXPECT_EQ(gst_harness_push(harness, buffer), GST_FLOW_OK);
  GstBuffer* repaired = gst_harness_pull(harness);
  gst_harness_teardown(harness);
  return repaired;
}

using Case = std::tuple<const char*, const char*, int, int, int>;

class Formats : public ::testing::TestWithParam<Case> {};

TEST_P(Formats, GiveTheRepairOfRgb) {
  const auto [format, colorimetry, width, height, padding] = GetParam();
  const GstVideoInfo rgb = video_info(GST_VIDEO_FORMAT_RGB, width, height);
  GstVideoInfo info = video_info(gst_video_format_from_string(format), width, height);
  if (GST_VIDEO_INFO_IS_YUV(&info)) {
    ASSERT_TRUE(gst_video_colorimetry_from_string(&info.colorimetry, colorimetry));
    info.chroma_site = GST_VIDEO_CHROMA_SITE_MPEG2;
  }
  const std::vector<uint8_t> picture = smooth_rgb(rgb);
  const bool yuv = GST_VIDEO_INFO_IS_YUV(&info);
  for (const char* settings : {kFast, kFixed}) {
    SCOPED_TRACE(settings);
    GstBuffer* expected = repair(rgb, to_buffer(picture), settings);
    GstBuffer* in = padded_buffer(info, rgb, picture, padding);
    GstBuffer* before = gst_buffer_copy_deep(in);
    GstBuffer* after = repair(info, in, settings);

    const auto inside = [](int i, int side, int reach) {
      return i >= side / 4 - reach && i < side - side / 4 + reach;
    };
    const int reach =
        std::max(width, height) / 64 + 2;  // a pixel of the model, and a chroma sample
    for (guint component = 0; component < GST_VIDEO_INFO_N_COMPONENTS(&info); ++component) {
      const auto was = component_of(before, info, component);
      const auto is = component_of(after, info, component);
      const int columns = GST_VIDEO_INFO_COMP_WIDTH(&info, component);
      const int step = columns == width ? 1 : 2;
      for (size_t i = 0; i < was.size(); ++i) {
        const int x = static_cast<int>(i) % columns * step,
                  y = static_cast<int>(i) / columns * step;
        if (inside(x, width, reach) && inside(y, height, reach)) continue;
        ASSERT_EQ(is[i], was[i]) << "component " << component << " at " << x << "," << y;
      }
    }
    std::vector<uint8_t> truth[3];
    for (guint c = 0; c < 3; ++c) truth[c] = component_of(expected, rgb, c);
    if (!yuv) {
      for (guint c = 0; c < 3; ++c) EXPECT_EQ(component_of(after, info, c), truth[c]) << c;
    } else {
      // The luma of RGB's repair, in the frame's matrix and range.
      double kr = 0, kb = 0;
      ASSERT_TRUE(gst_video_color_matrix_get_Kr_Kb(info.colorimetry.matrix, &kr, &kb));
      const bool full = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
      const auto luma = component_of(after, info, 0);
      int most = 0;
      double sum = 0;
      int samples = 0;
      for (size_t i = 0; i < luma.size(); ++i) {
        const int x = static_cast<int>(i) % width, y = static_cast<int>(i) / width;
        if (!inside(x, width, -reach) || !inside(y, height, -reach)) continue;
        const double grey = kr * truth[0][i] + (1 - kr - kb) * truth[1][i] + kb * truth[2][i];
        const double difference = std::abs(luma[i] - (full ? grey : 16 + grey * 219 / 255));
        most = std::max(most, static_cast<int>(std::ceil(difference)));
        sum += difference;
        ++samples;
      }
      // Half a level of rounding on the way out. The picture's own rounding, and the bias of up to
      // a level of GStreamer's conversion, come back out of the search up to five times as large.
      EXPECT_LE(most, settings == kFixed ? 1 : 5);
      EXPECT_LE(sum / samples, settings == kFixed ? 0.5 : 1.5);
    }
    for (GstBuffer* buffer : {expected, before, after}) gst_buffer_unref(buffer);
  }
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  const auto [format, colorimetry, width, height, padding] = info.param;
  std::string name = std::string(format) + "_" + colorimetry + "_" + std::to_string(width) + "x" +
                     std::to_string(height) + "_" + std::to_string(padding);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ':' || c == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rgb, Formats,
                         ::testing::Combine(::testing::Values("RGB", "BGR", "RGBA", "BGRA", "RGBx",
                                                              "BGRx"),
                                            ::testing::Values("srgb"), ::testing::Values(96, 97),
                                            ::testing::Values(98, 95), ::testing::Values(0, 12)),
                         name_of);
// "bt601" and "bt709" are of limited range; the third is BT.601 in full range (JPEG), the fourth
// BT.709 in full range.
INSTANTIATE_TEST_SUITE_P(Yuv, Formats,
                         ::testing::Combine(::testing::Values("I420", "NV12"),
                                            ::testing::Values("bt601", "bt709", "1:4:0:0",
                                                              "1:3:0:0"),
                                            ::testing::Values(96, 97), ::testing::Values(98, 95),
                                            ::testing::Values(0, 14)),
                         name_of);

TEST(Geometry, RepairsFramesFrom16PixelsTo8K) {
  for (const auto& [width, height] :
       {std::pair(16, 16), std::pair(17, 16), std::pair(7680, 4320)}) {
    const GstVideoInfo info = video_info(GST_VIDEO_FORMAT_I420, width, height);
    GstBuffer* in = to_buffer(gradient_frame(info));
    GstBuffer* out = repair(info, in, kFast);
    EXPECT_EQ(gst_buffer_get_size(out), GST_VIDEO_INFO_SIZE(&info));
    EXPECT_NE(bytes_of(out), gradient_frame(info));
    gst_buffer_unref(out);
  }
}

TEST(Geometry, RefusesInterlacedVideo) {
  for (const char* element : {"facemask", "ganinpaint"}) {
    const std::string message = run_pipeline(
        std::string("videotestsrc num-buffers=1 ! "
                    "video/x-raw,format=I420,width=64,height=64,interlace-mode=interleaved ! ") +
        element + " ! fakesink");
    EXPECT_NE(message.find("interlaced"), std::string::npos) << element << ": " << message;
    EXPECT_NE(message.find("deinterlace"), std::string::npos) << element << ": " << message;
  }
}

}  // namespace
}  // namespace ganface::test
