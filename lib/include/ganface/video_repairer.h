// SPDX-License-Identifier: MIT
// Owns the repair of videos: from frames whose faces carry masks to repaired frames.
#pragma once

#include <ganface/api.h>
#include <ganface/frame.h>
#include <ganface/repair.h>
#include <ganface/repair_clock.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ganface {

/// A face of a frame, and what of it is missing.
struct MaskedFace {
  uint32_t id = 0;  ///< the same in all frames of a video
  CanonicalTransform transform{};
  /// Over the canonical crop: 1 channel, square, non-zero = missing; all 0 when nothing is.
  Image hole;
  /// Over the head crop, 1.5 times as large, where what is missing reaches beyond the canonical
  /// crop, or empty. What lies there is filled from its border inwards.
  Image head_hole;
  /// Whether the face is worth remembering while nothing of it is missing. What covers a face and
  /// is not to be removed, as glasses that somebody wears, is part of it; a doubtful face may be
  /// covered.
  bool may_be_reference = true;
};

/// A face whose mask is one over the head crop, as OcclusionTracker and GstFaceMaskMeta have it
/// (1 channel, square, non-zero = missing).
GANFACE_API MaskedFace masked_face(uint32_t id, const CanonicalTransform& transform,
                                   const ImageView& mask);

/// What became of a face in a frame.
enum class FaceAction {
  kClean,      ///< nothing covers it
  kRepaired,   ///< what covered it was painted over
  kLeftAlone,  ///< it was in doubt, or could not be repaired
  kLate,       ///< it was not ready in time, and shows what was there or what is remembered of it
};

/// What became of a MaskedFace.
struct FaceOutcome {
  FaceAction action = FaceAction::kClean;
  const char* why = nullptr;  ///< in a word, of a face that is left alone or late
  double hole = 0;            ///< share of the canonical crop that is missing
  /// Shares of the hole, of a repaired face: from what was seen of it earlier in the video, with
  /// the detail of the photograph of the person, and made up.
  double seen = 0, reference = 0, invented = 0;
};

/// A frame on its way through a VideoRepairer.
class GANFACE_API VideoFrame {
 public:
  virtual ~VideoFrame() = default;
  /// The pixels; valid until the next call of either function.
  virtual FrameView view() = 0;
  /// The same pixels, to be painted on; asked for only when something is.
  virtual Frame writable() = 0;

  std::vector<MaskedFace> faces;
  std::vector<FaceOutcome> outcomes;  ///< of each face, in their order, once it is repaired
  bool is_changed = false;            ///< some of its pixels were painted over
};

/// What the repair of some frames came to: sums over their faces, and over those of earlier frames
/// that were ready only now.
struct RepairCounts {
  uint64_t faces = 0, iterations = 0;
  uint64_t remembered = 0;  ///< faces of which something was remembered
  uint64_t skipped = 0;     ///< faces that were not ready in time
  double contextual_loss = 0, perceptual_loss = 0;
};

/// How frames are to be repaired.
struct RepairRun {
  RepairOptions options;
  bool remember = true;  ///< faces from frame to frame
  /// When the frames are to be done, by the repairer's clock. Completions that are not ready by
  /// then go on meanwhile, for later frames; their faces show the last completion, or what is
  /// remembered of them.
  std::optional<RepairClock::TimePoint> deadline;
  /// How long a frame is held up past the deadline for a face with nothing to show, which then
  /// stays as it is.
  std::chrono::nanoseconds patience{0};
  StopCondition stop;  ///< of searches
};

/// Repairs the masked faces of a video's frames, and remembers each of its faces. Used from one
/// thread at a time.
class GANFACE_API VideoRepairer {
 public:
  /// Loads a model by name or path; one that somebody else in the process has loaded is shared.
  /// Deadlines are kept by `clock`. Throws as Inpainter's constructor.
  explicit VideoRepairer(const std::string& model, const std::string& device = "auto",
                         std::shared_ptr<RepairClock> clock = monotonic_clock());
  ~VideoRepairer();
  VideoRepairer(VideoRepairer&&) noexcept;
  VideoRepairer& operator=(VideoRepairer&&) noexcept;

  RepairMethod method() const;

  /// Repairs all faces of `frames`, which follow one another, in one batch. When it throws, no
  /// frame is changed, and covered faces are told of as left alone. Throws as Inpainter::repair(),
  /// and Error(kInternal) when a face's repair failed, be it one of an earlier frame that was not
  /// ready in time.
  RepairCounts repair(const std::vector<VideoFrame*>& frames, const RepairRun& run);

  /// From now on faces are completed with the detail of a photograph of the person: its canonical
  /// crop, or empty for none.
  void show_person(Image photograph);

  /// Forgets every face, as after a seek.
  void forget();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ganface
