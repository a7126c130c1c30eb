// SPDX-License-Identifier: MIT
// Owns the way of buffers with masks through the engine's repair.
#pragma once

#include <ganface/video_repairer.h>
#include <gst/video/video.h>

#include <string>
#include <utility>
#include <vector>

#include "common/face_report.h"

namespace ganface::gst {

/// Repairs the masked faces of buffers, and remembers each tracked face.
class FrameRepairer {
 public:
  /// Throws as VideoRepairer's constructor.
  FrameRepairer(const std::string& model, const std::string& device) : repairer_(model, device) {}

  RepairMethod method() const { return repairer_.method(); }

  /// Repairs all faces of `frames` in one batch, in place: each frame that has some becomes
  /// writable, and its pointer may change. With alpha caps, a frame is one face whose hole is what
  /// is transparent, unless masks were announced or a frame before carried one. When it throws, no
  /// frame is changed, and covered faces are reported as left alone. Throws as
  /// VideoRepairer::repair(). `reports`: what became of each frame.
  RepairCounts repair(const GstVideoInfo& info, std::vector<GstBuffer*>& frames,
                      const RepairRun& run, std::vector<FrameReport>& reports);

  void show_person(Image photograph) { repairer_.show_person(std::move(photograph)); }

  /// From now on a frame without masks is one without faces, whatever its alpha channel says.
  void announce_masks() { masks_announced_ = true; }

  /// Forgets every face, as after a seek.
  void forget() { repairer_.forget(); }

 private:
  VideoRepairer repairer_;
  bool masks_announced_ = false;
};

}  // namespace ganface::gst
