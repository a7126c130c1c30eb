// SPDX-License-Identifier: MIT
// Owns what facemask knows of a stream's faces: from a frame to its faces and what is missing.
#pragma once

#include <ganface/face_tracker.h>
#include <ganface/occlusion.h>
#include <gst/video/video.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "facemask/face_mask_settings.h"
#include "facemask/region_ids.h"

namespace ganface::gst {

/// A frame's faces, and of each what is missing.
struct Findings {
  std::vector<TrackedFace> faces;
  std::vector<FaceOcclusion> occlusions;
};

/// Follows the faces of a stream, as the settings say. Used from one thread at a time.
class FaceFinder {
 public:
  /// Loads what these settings need. Throws Error.
  void start(const FaceMaskSettings& settings);
  /// Gives back what was loaded.
  void stop();
  /// Frames of this kind follow. Throws Error(kInput) when the mask cannot come from such.
  void set_info(const GstVideoInfo& info);
  /// Where faces stood says nothing any more; the next frame is searched.
  void forget();

  /// The faces of the next frame. `settings`: as they are now; what may not change while a stream
  /// runs is what it was at start(). `buffer`: holds the frame, and its regions of interest.
  Findings find(FaceMaskSettings settings, const FrameView& frame, GstBuffer* buffer);

  const GstVideoInfo& info() const { return info_; }
  uint64_t frames() const { return frames_; }
  /// Whether faces come as regions of interest.
  bool has_regions() const { return started_.face_source == FaceSource::kRoi; }
  /// Whether frames follow one another as those of a video do, and are no series of photographs.
  bool is_video() const;

 private:
  void take_time(GstClockTime time);
  std::vector<TrackedFace> faces_of(const FaceMaskSettings& settings, const FrameView& frame,
                                    GstBuffer* buffer);
  std::vector<TrackedFace> faces_of_regions(int most, GstBuffer* buffer);

  FaceMaskSettings started_;  // what holds until the next start
  GstVideoInfo info_ = no_info();
  std::optional<FaceTracker> tracker_;
  std::optional<OcclusionTracker> occlusion_;
  std::optional<Image> mask_image_;
  RegionIds region_ids_;  // of faces that come as regions of interest
  uint64_t frames_ = 0;
  GstClockTime last_time_ = GST_CLOCK_TIME_NONE;
  bool is_timed_ = false;  // time stamps say that it is a video

  static GstVideoInfo no_info() {
    GstVideoInfo info;
    gst_video_info_init(&info);
    return info;
  }
};

}  // namespace ganface::gst
