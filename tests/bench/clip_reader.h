// SPDX-License-Identifier: MIT
// Owns the reading of what elements find in a clip.
#pragma once

#include <ganface/frame.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ganface::bench {

struct ClipFace {
  unsigned id;
  CanonicalTransform transform;
  double covered;  ///< share of the crop
};

struct ClipFrame {
  Image picture;
  std::vector<ClipFace> faces;
};

struct ClipReading {
  std::vector<ClipFrame> frames;
};

/// Starts GStreamer.
void start(int& count, char**& arguments);

/// Every frame of a clip after it went through `elements`, as RGB.
ClipReading read_clip(const std::filesystem::path& file, const std::string& elements);
/// The same of pictures that were encoded as H.264 and decoded again.
ClipReading read_frames(const std::vector<Image>& frames, const std::string& elements);

}  // namespace ganface::bench
