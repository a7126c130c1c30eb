// SPDX-License-Identifier: MIT
// Owns the repair of batches of video frames: from masks on buffers to repaired pixels.
#pragma once

#include <ganface/face_memory.h>
#include <ganface/repair.h>
#include <gst/video/video.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared_inpainter.h"

namespace ganface::gst {

/// What the repair of some frames came to: sums over their faces.
struct RepairCounts {
  guint64 faces = 0, iterations = 0;
  guint64 remembered = 0;  ///< faces of which something was remembered
  guint64 skipped = 0;     ///< faces that there was no time for
  double contextual_loss = 0, perceptual_loss = 0;
};

/// How frames are to be repaired.
struct RepairRun {
  RepairOptions options;
  bool remember = true;  ///< faces from frame to frame
  /// When the frames are to be done. A face that its completion has no time for shows its last one.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  StopCondition stop;  ///< of searches
};

/// Repairs the masked faces of frames, and remembers each tracked face.
class FrameRepairer {
 public:
  /// Throws as Inpainter's constructor.
  FrameRepairer(const std::string& model, const std::string& device)
      : inpainter_(SharedInpainter::acquire(model, device)) {}

  RepairMethod method() const { return inpainter_->method(); }

  /// Repairs all faces of `frames` in one batch, in place: each frame that has some becomes
  /// writable, and its pointer may change. With alpha caps, a frame is one face whose hole is what
  /// is transparent, unless masks were announced or a frame before carried one. All frames are
  /// repaired or, when it throws, none is changed. Throws as Inpainter::repair(), and
  /// Error(kInternal) when a face's repair failed.
  RepairCounts repair(const GstVideoInfo& info, std::vector<GstBuffer*>& frames,
                      const RepairRun& run);

  /// From now on a frame without masks is one without faces, whatever its alpha channel says.
  void announce_masks() { masks_announced_ = true; }

  /// Forgets every face, as after a seek.
  void forget() { memory_.forget(); }

 private:
  size_t count_in_time(size_t faces, const RepairRun& run) const;

  std::shared_ptr<SharedInpainter> inpainter_;
  FaceMemory memory_;
  bool masks_announced_ = false;
  double seconds_per_face_ = 0;  // of the last batch
};

}  // namespace ganface::gst
