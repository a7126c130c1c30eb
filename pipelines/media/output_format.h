// SPDX-License-Identifier: MIT
// Owns the file formats that can be written: by which elements, at which quality.
#pragma once

#include <string>
#include <vector>

namespace ganface::media {

/// How files with some extensions are written. Elements are given with their properties, as on a
/// gst-launch line.
struct OutputFormat {
  std::vector<std::string> extensions;   ///< lower case, without the dot
  std::vector<std::string> media_types;  ///< of files that are of this format by their content
  bool image = false;                    ///< one picture a file
  std::string encoder;                   ///< of the video
  std::string encoder_caps;   ///< what the encoder is fed with; empty = what it likes best
  std::string muxer;          ///< for an image: what follows the encoder; may be empty
  std::string audio_encoder;  ///< for audio that the muxer does not take as it is

  /// Whether the encoder takes no odd number of columns or rows.
  bool needs_even_size() const;
  /// Whether a video says that its levels are 0 to 255, as Theora's does not.
  bool holds_full_range() const;
  /// Whether a video holds a time for each frame. AVI's frames are all equally long, and Ogg's
  /// times are whole numbers of frames, which theoraenc does not always meet.
  bool holds_frame_times() const;
  bool is_jpeg() const { return encoder.rfind("jpegenc", 0) == 0; }
};

/// The format of a file's extension; case does not matter. Throws Error(kUsage) naming the known
/// extensions.
const OutputFormat& format_of(const std::string& file);

/// Whether a file is of this format by its extension and by its content.
bool is_of_format(const std::string& file, const OutputFormat& format);

/// Whether the extension is that of an image or a video that can be written.
bool has_known_format(const std::string& file);

/// Whether the extension is that of an image that can be written.
bool is_image_name(const std::string& file);

}  // namespace ganface::media
