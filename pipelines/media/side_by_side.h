// SPDX-License-Identifier: MIT
// Owns the preview: the picture as it came at the left, the repaired one at the right.
#pragma once

#include <gst/gst.h>

#include <deque>
#include <memory>
#include <mutex>

#include "media/owned.h"

namespace ganface::media {

/// Pictures on their way through the repair, as they were before it; the oldest first.
class OriginalFrames {
 public:
  void push(Owned<GstBuffer> frame);
  /// Null when there is none.
  Owned<GstBuffer> pop();

 private:
  std::mutex mutex_;
  std::deque<Owned<GstBuffer>> frames_;
};

/// An element that makes each frame twice as wide, with the next original frame at the left. No
/// frame may be lost in between: a compositor would join frames by their time, and make some up
/// where the frame rate varies.
GstElement* new_side_by_side(std::shared_ptr<OriginalFrames> originals);

}  // namespace ganface::media
