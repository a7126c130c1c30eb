// SPDX-License-Identifier: MIT
// Owns the file formats that can be written: by which elements, at which quality.
#include "media/output_format.h"

#include <ganface/error.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "media/file_type.h"

namespace ganface::media {
namespace {

// Constant quality, at which a repaired clip cannot be told from its input by eye. Without the VBV
// limit, which x264enc derives from a bitrate of 2 Mbit/s, quality would drop where it matters.
#define GANFACE_X264 "x264enc pass=qual quantizer=18 speed-preset=medium vbv-buf-capacity=0"

// Left to itself, RGB becomes 4:4:4, which few players show.
constexpr const char* k420 = "video/x-raw,format={I420,NV12}";
constexpr const char* kPlanar420 = "video/x-raw,format=I420";

const std::vector<OutputFormat>& formats() {
  static const std::vector<OutputFormat> known{
      // Where frames come at a variable rate, the length that qtmux notes for frames decoded out of
      // order ends before the last of them.
      {{"mp4", "m4v"},
       {"video/quicktime"},
       false,
       GANFACE_X264 " bframes=0",
       k420,
       "mp4mux",
       "avenc_aac bitrate=192000"},
      {{"mov"},
       {"video/quicktime"},
       false,
       GANFACE_X264 " bframes=0",
       k420,
       "qtmux",
       "avenc_aac bitrate=192000"},
      {{"mkv"},
       {"video/x-matroska", "video/webm"},
       false,
       GANFACE_X264,
       k420,
       "matroskamux",
       "opusenc bitrate=128000"},
      // With frames to look ahead, vp9enc drops the last of them at the end.
      {{"webm"},
       {"video/webm"},
       false,
       "vp9enc end-usage=cq cq-level=20 target-bitrate=50000000 deadline=1000000 cpu-used=4 "
       "row-mt=true lag-in-frames=0",
       kPlanar420,
       "webmmux",
       "opusenc bitrate=128000"},
      // AVI has one time stamp a frame, in decoding order: no frame may be decoded out of order.
      {{"avi"},
       {"video/x-msvideo"},
       false,
       GANFACE_X264 " bframes=0",
       k420,
       "avimux",
       "lamemp3enc bitrate=192"},
      {{"ogv", "ogg"},
       {"application/ogg", "video/ogg"},
       false,
       "theoraenc quality=58 drop-frames=false",
       kPlanar420,
       "oggmux",
       "vorbisenc quality=0.6"},
      {{"ts"},
       {"video/mpegts"},
       false,
       GANFACE_X264,
       k420,
       "mpegtsmux",
       "avenc_aac bitrate=192000"},
      {{"flv"}, {"video/x-flv"}, false, GANFACE_X264, k420, "flvmux", "avenc_aac bitrate=192000"},
      {{"png"}, {"image/png"}, true, "pngenc", "", "", ""},
      {{"jpg", "jpeg"}, {"image/jpeg"}, true, "jpegenc quality=95", "", "jifmux", ""},
      {{"webp"}, {"image/webp"}, true, "webpenc quality=95", "", "", ""},
      {{"bmp"}, {"image/bmp"}, true, "avenc_bmp", "", "", ""},
      {{"tif", "tiff"}, {"image/tiff"}, true, "avenc_tiff", "", "", ""},
  };
  return known;
}

const OutputFormat* find_format(const std::string& file) {
  std::string extension = std::filesystem::path(file).extension().string();
  if (extension.empty()) return nullptr;
  extension.erase(0, 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  for (const OutputFormat& format : formats())
    for (const std::string& known : format.extensions)
      if (known == extension) return &format;
  return nullptr;
}

}  // namespace

bool OutputFormat::needs_even_size() const { return encoder.rfind("x264enc", 0) == 0; }

bool OutputFormat::holds_full_range() const { return encoder.rfind("theoraenc", 0) != 0; }

bool OutputFormat::holds_frame_times() const { return muxer != "avimux" && muxer != "oggmux"; }

const OutputFormat& format_of(const std::string& file) {
  if (const OutputFormat* format = find_format(file)) return *format;
  std::string known;
  for (const OutputFormat& format : formats())
    for (const std::string& extension : format.extensions)
      known += (known.empty() ? "." : ", .") + extension;
  throw Error(ErrorCode::kUsage,
              "'" + file + "': the extension says no format to write; expected one of " + known);
}

bool is_of_format(const std::string& file, const OutputFormat& format) {
  if (find_format(file) != &format) return false;
  const std::string type = media_type_of(file);
  return std::find(format.media_types.begin(), format.media_types.end(), type) !=
         format.media_types.end();
}

bool has_known_format(const std::string& file) { return find_format(file) != nullptr; }

bool is_image_name(const std::string& file) {
  const OutputFormat* format = find_format(file);
  return format != nullptr && format->image;
}

}  // namespace ganface::media
