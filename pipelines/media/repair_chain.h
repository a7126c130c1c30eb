// SPDX-License-Identifier: MIT
// Owns the part of a pipeline that turns decoded pictures into repaired ones.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "media/element_options.h"
#include "media/side_by_side.h"

namespace ganface::media {

/// What became of faces, each counted in every frame.
struct FaceCounts {
  uint64_t found = 0, repaired = 0;
  uint64_t left_alone = 0;  ///< in doubt, or not to be repaired
  uint64_t late = 0;        ///< not ready by the deadline
};

/// Upright and progressive pictures in a format that the elements take, facemask, ganinpaint.
class RepairChain {
 public:
  /// Adds the elements to `pipeline`. `preview` puts the original beside the repaired picture.
  RepairChain(GstBin* pipeline, const ElementOptions& options, bool preview);
  RepairChain(const RepairChain&) = delete;
  RepairChain& operator=(const RepairChain&) = delete;

  /// Where decoded video goes in and repaired video comes out.
  GstElement* first() const { return first_; }
  GstElement* last() const { return last_; }

  uint64_t frames_in() const { return frames_in_; }
  uint64_t frames_out() const { return frames_out_; }
  /// Time of the last frame out.
  GstClockTime position() const { return position_; }
  /// So far.
  FaceCounts faces() const;

 private:
  void watch(GstElement* face_mask, bool preview);

  GstElement *first_ = nullptr, *last_ = nullptr, *inpaint_ = nullptr;
  std::shared_ptr<OriginalFrames> originals_ = std::make_shared<OriginalFrames>();
  std::atomic<uint64_t> frames_in_{0}, frames_out_{0};
  std::atomic<GstClockTime> position_{0};
};

}  // namespace ganface::media
