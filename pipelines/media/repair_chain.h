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

  /// For a picture whose file says how it is to be turned: 1 to 8, as in EXIF. Without, the stream
  /// says so.
  void set_orientation(int orientation);
  /// For a result that is stored as 4:2:0: YUV of any other form becomes that at once, and does not
  /// go by RGB, which changes its levels. Without `holds_full_range`, levels of 0 to 255 become 16
  /// to 235, which players take a file for that says nothing of them.
  void expect_video(bool holds_full_range) {
    makes_video_ = true;
    holds_full_range_ = holds_full_range;
  }

  /// Of what goes in, once frames do: whether there is an alpha channel.
  bool has_alpha() const { return has_alpha_; }
  /// So far: whether frames come at a rate that varies.
  bool has_variable_rate() const { return longest_step_ > shortest_step_ + shortest_step_ / 2; }
  /// As many faces of a frame as the repair takes.
  int max_faces() const { return max_faces_; }

  /// Where decoded video goes in and repaired video comes out.
  GstElement* first() const { return first_; }
  GstElement* last() const { return last_; }

  uint64_t frames_in() const { return frames_in_; }
  uint64_t frames_out() const { return frames_out_; }
  /// Time of the last frame out, 0 before the first.
  GstClockTime position() const {
    return GST_CLOCK_TIME_IS_VALID(position_) ? position_.load() : 0;
  }
  /// So far.
  FaceCounts faces() const;

 private:
  void watch(GstElement* face_mask, bool preview);

  void formats_come(const GstCaps* caps);
  void frame_comes(const GstBuffer* frame);

  GstElement *first_ = nullptr, *last_ = nullptr, *inpaint_ = nullptr;
  GstElement *formats_ = nullptr, *flip_ = nullptr;
  int max_faces_ = 0;
  std::atomic<bool> has_alpha_{false}, makes_video_{false}, holds_full_range_{true};
  std::shared_ptr<OriginalFrames> originals_ = std::make_shared<OriginalFrames>();
  std::atomic<uint64_t> frames_in_{0}, frames_out_{0};
  std::atomic<GstClockTime> position_{GST_CLOCK_TIME_NONE};
  std::atomic<GstClockTime> shortest_step_{GST_CLOCK_TIME_NONE}, longest_step_{0};
};

}  // namespace ganface::media
