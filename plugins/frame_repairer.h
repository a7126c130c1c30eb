// SPDX-License-Identifier: MIT
// Owns the repair of batches of video frames: from masks on buffers to repaired pixels.
#pragma once

#include <ganface/repair.h>
#include <gst/video/video.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared_inpainter.h"

namespace ganface::gst {

/// What the repair of some frames came to: sums over their faces.
struct RepairCounts {
  guint64 faces = 0, iterations = 0;
  double contextual_loss = 0, perceptual_loss = 0;
};

/// Repairs the masked faces of frames, and remembers each tracked face's z.
class FrameRepairer {
 public:
  /// Throws as Inpainter's constructor.
  FrameRepairer(const std::string& model, const std::string& device)
      : inpainter_(SharedInpainter::acquire(model, device)) {}

  /// Repairs all faces of `frames` in one batch, in place: each frame that has some becomes
  /// writable, and its pointer may change. With alpha caps, a frame is one face whose hole is what
  /// is transparent, unless masks were announced or a frame before carried one. With `remember`, a
  /// face starts from its z in the last frame. All frames are repaired or, when it throws, none is
  /// changed. Throws as Inpainter::repair(), and Error(kInternal) when a face's search failed.
  RepairCounts repair(const GstVideoInfo& info, std::vector<GstBuffer*>& frames,
                      const RepairOptions& options, bool remember, const StopCondition& stop);

  /// From now on a frame without masks is one without faces, whatever its alpha channel says.
  void announce_masks() { masks_announced_ = true; }

  /// Forgets every face, as after a seek.
  void forget() { latents_.clear(); }

 private:
  std::shared_ptr<SharedInpainter> inpainter_;
  std::map<guint, std::vector<float>> latents_;  // of face ids
  bool masks_announced_ = false;
};

}  // namespace ganface::gst
