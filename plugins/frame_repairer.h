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
#include <utility>
#include <vector>

#include "face_report.h"
#include "repair_worker.h"
#include "shared_inpainter.h"

namespace ganface::gst {

/// What the repair of some frames came to: sums over their faces, and over those of earlier frames
/// that were ready only now.
struct RepairCounts {
  guint64 faces = 0, iterations = 0;
  guint64 remembered = 0;  ///< faces of which something was remembered
  guint64 skipped = 0;     ///< faces that were not ready in time
  double contextual_loss = 0, perceptual_loss = 0;
};

/// How frames are to be repaired.
struct RepairRun {
  RepairOptions options;
  bool remember = true;  ///< faces from frame to frame
  /// When the frames are to be done. Completions that are not ready by then go on meanwhile, for
  /// later frames; their faces show the last completion, or what is remembered of them.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  /// How long a frame is held up past the deadline for a face with nothing to show, which then
  /// stays as it is.
  std::chrono::nanoseconds patience{0};
  StopCondition stop;  ///< of searches
};

/// Repairs the masked faces of frames, and remembers each tracked face.
class FrameRepairer {
 public:
  /// Throws as Inpainter's constructor.
  FrameRepairer(const std::string& model, const std::string& device);
  ~FrameRepairer();

  RepairMethod method() const { return inpainter_->method(); }

  /// Repairs all faces of `frames` in one batch, in place: each frame that has some becomes
  /// writable, and its pointer may change. With alpha caps, a frame is one face whose hole is what
  /// is transparent, unless masks were announced or a frame before carried one. When it throws, no
  /// frame is changed, and covered faces are reported as left alone. Throws as Inpainter::repair(),
  /// and Error(kInternal) when a face's repair failed, be it one of an earlier frame that was not
  /// ready in time. `reports`: what became of each frame.
  RepairCounts repair(const GstVideoInfo& info, std::vector<GstBuffer*>& frames,
                      const RepairRun& run, std::vector<FrameReport>& reports);

  /// From now on faces are completed with the detail of a photograph of the person: its canonical
  /// crop, or empty for none.
  void show_person(Image photograph) { photograph_ = std::move(photograph); }

  /// From now on a frame without masks is one without faces, whatever its alpha channel says.
  void announce_masks() { masks_announced_ = true; }

  /// Forgets every face, as after a seek.
  void forget();

 private:
  struct Face;
  struct Batch;

  bool completes() const { return method() == RepairMethod::kCompletion; }
  Batch collect(const GstVideoInfo& info, const std::vector<GstBuffer*>& frames, bool remember,
                std::vector<FrameReport>& reports);
  std::optional<std::vector<RepairedFace>> repair_in_time(const Batch& batch, const RepairRun& run,
                                                          RepairCounts& counts);
  void learn(const Batch& batch, std::vector<RepairedFace>& repaired, bool remember,
             RepairCounts& counts);
  void learn_late(const RepairRun& run, RepairCounts& counts);
  void take_late(const RepairRun& run, RepairCounts& counts);

  std::shared_ptr<SharedInpainter> inpainter_;
  FaceMemory memory_;
  Image photograph_;  // of the person
  bool masks_announced_ = false;
  // What the last frames took from the repair to their end.
  std::chrono::steady_clock::duration afterwards_{};
  std::unique_ptr<Batch> late_;           // what the worker is at, of an earlier frame
  std::unique_ptr<RepairWorker> worker_;  // once a deadline asks for one
};

}  // namespace ganface::gst
