// SPDX-License-Identifier: MIT
// Owns the repair of videos: from frames whose faces carry masks to repaired frames.
#include <ganface/crop_border.h>
#include <ganface/error.h>
#include <ganface/face_memory.h>
#include <ganface/grain.h>
#include <ganface/head_fill.h>
#include <ganface/holes.h>
#include <ganface/shared_inpainter.h>
#include <ganface/video_repairer.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/worker.h"
#include "models/face_network_sizes.h"

namespace ganface {
namespace {

using Faces = std::shared_ptr<const std::vector<DamagedFace>>;

// A face of a batch: which it is, and where its repair goes.
struct Face {
  size_t frame;    // of the batch
  int64_t number;  // the memory's, of the frame
  size_t place;    // among the frame's faces
  uint32_t id;
  CanonicalTransform transform;
  Image inside;  // what of the crop lies in the frame
};

// Faces of some frames, and what of them is to be repaired.
struct Batch {
  std::vector<Face> faces;
  Faces damaged;
  std::vector<HeadFill> fills;  // what lies beyond the faces' canonical crops
};

// The mask at the crop's side. Hard edges stay hard.
Image hole_of_side(const Image& mask, int side) {
  if (mask.width == side) return mask;
  const bool hard = std::all_of(mask.pixels.begin(), mask.pixels.end(),
                                [](uint8_t pixel) { return pixel == 0 || pixel == 255; });
  Image hole = resize(mask.view(), side, side);
  if (hard)
    for (uint8_t& pixel : hole.pixels) pixel = pixel >= 128 ? 255 : 0;
  return hole;
}

double share_of(const Image& hole) {
  const auto missing = std::count_if(hole.pixels.begin(), hole.pixels.end(),
                                     [](uint8_t pixel) { return pixel != 0; });
  return static_cast<double>(missing) / static_cast<double>(hole.pixels.size());
}

// Mean of a map over a hole, 0 to 1.
double mean_in_hole(const Image& map, const Image& whole_hole) {
  if (map.empty()) return 0;
  const Image hole = hole_of_side(whole_hole, map.width);
  double sum = 0, weights = 0;
  for (size_t i = 0; i < hole.pixels.size(); ++i) {
    sum += static_cast<double>(map.pixels[i]) * hole.pixels[i];
    weights += hole.pixels[i];
  }
  return weights > 0 ? sum / (255 * weights) : 0;
}

// Where a repaired face's hole was filled from.
void tell_sources(const DamagedFace& damaged, const RepairedFace& repaired, FaceOutcome& face) {
  face.seen = mean_in_hole(repaired.match.confidence, damaged.hole);
  // Without a photograph, it is the look that is remembered whose detail was taken.
  (damaged.photograph.empty() ? face.seen : face.reference) += repaired.detailed;
  face.invented = std::max(0.0, 1 - face.seen - face.reference);
}

void tell_outcome(bool is_late, bool paints, FaceOutcome& face) {
  if (is_late) {
    face.action = FaceAction::kLate;
    face.why = "deadline";
    // Of a completion of an earlier frame nobody knows it any more.
    face.seen = face.reference = face.invented = paints ? NAN : 0;
  } else if (paints) {
    face.action = FaceAction::kRepaired;
    face.why = nullptr;
  } else {
    face.why = "too-small";
    face.seen = face.reference = face.invented = 0;
  }
}

}  // namespace

MaskedFace masked_face(uint32_t id, const CanonicalTransform& transform, const ImageView& mask) {
  const int canonical = std::max(1, static_cast<int>(std::lround(mask.width / nn::kHeadSpan)));
  const int margin = (mask.width - canonical) / 2;
  MaskedFace face;
  face.id = id;
  face.transform = transform;
  face.hole = crop(mask, margin, margin, canonical, canonical);
  Image head = crop(mask, 0, 0, mask.width, mask.height);
  if (reaches_beyond_crop(head)) face.head_hole = std::move(head);
  return face;
}

class VideoRepairer::Implementation {
 public:
  Implementation(const std::string& model, const std::string& device,
                 std::shared_ptr<RepairClock> clock)
      : inpainter_(SharedInpainter::acquire(model, device)), clock_(std::move(clock)) {}

  RepairMethod method() const { return inpainter_->method(); }
  void show_person(Image photograph) { photograph_ = std::move(photograph); }

  void forget() {
    memory_.forget();
    if (late_) late_->faces.clear();
  }

  RepairCounts repair(const std::vector<VideoFrame*>& frames, const RepairRun& run) {
    RepairCounts counts;
    for (VideoFrame* frame : frames) {
      frame->outcomes.clear();
      frame->is_changed = false;
    }
    learn_late(run, counts);
    Batch batch = collect(frames, run.remember);
    if (batch.faces.empty()) return counts;
    std::optional<std::vector<RepairedFace>> shown = repair_in_time(frames, batch, run, counts);
    const bool is_late = !shown;
    const auto begin = clock_->now();
    if (shown) {
      for (size_t i = 0; i < shown->size(); ++i)
        tell_sources((*batch.damaged)[i], (*shown)[i], outcome_of(frames, batch.faces[i]));
      learn(batch, *shown, run.remember, counts);
    } else {
      counts.skipped = batch.faces.size();
      shown.emplace(batch.faces.size());
      for (size_t i = 0; run.remember && i < batch.faces.size(); ++i)
        (*shown)[i] = memory_.fallback(batch.faces[i].id, (*batch.damaged)[i], run.options);
    }
    add_grain(batch, *shown);
    for (size_t first = 0; first < batch.faces.size();) {
      size_t end = first;
      while (end < batch.faces.size() && batch.faces[end].frame == batch.faces[first].frame) ++end;
      paint(*frames[batch.faces[first].frame], batch, first, end, is_late, *shown);
      first = end;
    }
    afterwards_ = clock_->now() - begin;
    return counts;
  }

 private:
  bool completes() const { return method() == RepairMethod::kCompletion; }

  static FaceOutcome& outcome_of(const std::vector<VideoFrame*>& frames, const Face& face) {
    return frames[face.frame]->outcomes[face.place];
  }

  // Takes note of the frames' faces, and gives those that are covered.
  Batch collect(const std::vector<VideoFrame*>& frames, bool remember) {
    const bool learns = completes() && remember;
    Batch batch;
    auto damaged = std::make_shared<std::vector<DamagedFace>>();
    for (size_t i = 0; i < frames.size(); ++i) {
      const int64_t number = memory_.begin_frame();
      VideoFrame& frame = *frames[i];
      std::optional<FrameView> view;  // of a frame that is looked at
      for (size_t place = 0; place < frame.faces.size(); ++place) {
        const MaskedFace& masked = frame.faces[place];
        const bool is_clean = is_empty(masked.hole);
        FaceOutcome outcome;
        outcome.hole = share_of(masked.hole);
        if (!is_clean) {
          outcome.action = FaceAction::kLeftAlone;  // until it is repaired
          outcome.why = "failed";
        }
        frame.outcomes.push_back(outcome);
        if (is_clean && !(learns && masked.may_be_reference && memory_.see(masked.id))) continue;
        if (!view) view = frame.view();
        const int side = completes() ? FaceMemory::crop_side(crop_side_in_frame(masked.transform))
                                     : masked.hole.width;
        DamagedFace face;
        face.crop = extract_crop(*view, masked.transform, side);
        Image inside;
        if (learns) inside = inside_frame(*view, masked.transform, side);
        if (is_clean) {
          memory_.look(masked.id, face.crop, inside);
          continue;
        }
        face.hole = hole_of_side(masked.hole, side);
        face.photograph = photograph_;
        if (remember) memory_.recall(masked.id, face);
        batch.faces.push_back({i, number, place, masked.id, masked.transform, std::move(inside)});
        damaged->push_back(std::move(face));
      }
    }
    batch.damaged = std::move(damaged);
    return batch;
  }

  // Fills what of the faces lies beyond their canonical crops, as the frames show it now.
  void fill_heads(const std::vector<VideoFrame*>& frames, Batch& batch) const {
    batch.fills.resize(batch.faces.size());
    if (!completes()) return;
    for (size_t i = 0; i < batch.faces.size(); ++i) {
      const Face& face = batch.faces[i];
      const Image& hole = frames[face.frame]->faces[face.place].head_hole;
      if (!hole.empty())
        batch.fills[i] = filled_head(frames[face.frame]->view(), face.transform, hole);
    }
  }

  // Nothing when it is not ready in time, or the worker is still at another.
  std::optional<std::vector<RepairedFace>> repair_in_time(const std::vector<VideoFrame*>& frames,
                                                          Batch& batch, const RepairRun& run,
                                                          RepairCounts& counts) {
    if (!run.deadline || !completes()) {
      fill_heads(frames, batch);
      return inpainter_->repair(*batch.damaged, run.options, run.stop);
    }
    const auto is_known = [&] {
      return std::all_of(batch.faces.begin(), batch.faces.end(),
                         [&](const Face& face) { return memory_.has_fallback(face.id); });
    };
    const auto until = [&] {
      return *run.deadline - afterwards_ +
             (is_known() ? std::chrono::nanoseconds{0} : run.patience);
    };
    if (late_ && !is_known() && is_done_by(until())) take_late(run, counts);
    const bool was_busy = late_ != nullptr;
    if (!was_busy)
      worker_.start(
          [inpainter = inpainter_, faces = batch.damaged, options = run.options]() mutable {
            options.completion.one_thread = true;  // the stream goes first
            return inpainter->repair(*faces, options, {});
          });
    fill_heads(frames, batch);  // meanwhile
    if (was_busy) return {};
    if (is_done_by(until())) return worker_.take();
    late_ = std::make_unique<Batch>(Batch{batch.faces, batch.damaged, {}});
    return {};
  }

  bool is_done_by(RepairClock::TimePoint deadline) {
    return clock_->wait([this](std::chrono::nanoseconds most) { return worker_.is_done(most); },
                        deadline);
  }

  void learn(const Batch& batch, std::vector<RepairedFace>& repaired, bool remember,
             RepairCounts& counts) {
    for (size_t i = 0; i < batch.faces.size(); ++i) {
      const Face& face = batch.faces[i];
      const DamagedFace& damaged = (*batch.damaged)[i];
      if (repaired[i].failed)
        throw Error(ErrorCode::kInternal,
                    "the repair of face " + std::to_string(face.id) +
                        " failed: its loss is not finite; lower learning-rate "
                        "or check the model");
      if (remember) memory_.learn(face.id, face.number, damaged, face.inside, repaired[i]);
      ++counts.faces;
      counts.remembered += !damaged.reference.empty() || !damaged.start.empty();
      counts.iterations += static_cast<uint64_t>(repaired[i].iterations);
      counts.contextual_loss += repaired[i].contextual_loss;
      counts.perceptual_loss += repaired[i].perceptual_loss;
    }
  }

  // Takes in what the worker has finished since the last frames.
  void learn_late(const RepairRun& run, RepairCounts& counts) {
    if (late_ && (!run.deadline || is_done_by(clock_->now()))) take_late(run, counts);
  }

  // Waits for what the worker is at.
  void take_late(const RepairRun& run, RepairCounts& counts) {
    const std::unique_ptr<Batch> batch = std::move(late_);
    std::vector<RepairedFace> repaired = worker_.take();
    learn(*batch, repaired, run.remember, counts);
  }

  void add_grain(const Batch& batch, std::vector<RepairedFace>& repaired) const {
    if (!completes()) return;
    for (size_t i = 0; i < repaired.size(); ++i) {
      const Image& crop = (*batch.damaged)[i].crop;
      if (repaired[i].completion.width == crop.width)
        match_grain(repaired[i].completion, crop, repaired[i].alpha,
                    static_cast<uint64_t>(batch.faces[i].number));
    }
  }

  // Paints the faces `first` to `end` of the batch, all of one frame, on it.
  void paint(VideoFrame& frame, const Batch& batch, size_t first, size_t end, bool is_late,
             std::vector<RepairedFace>& repaired) const {
    Frame pixels = frame.writable();
    // Before any of them is painted over.
    for (size_t i = first; i < end; ++i)
      if (const Image& crop = (*batch.damaged)[i].crop; repaired[i].alpha.width == crop.width)
        fade_at_border(repaired[i].alpha, crop, pixels, batch.faces[i].transform);
    for (size_t i = first; i < end; ++i) {
      const Face& face = batch.faces[i];
      const bool paints = !repaired[i].completion.empty() && !is_empty(repaired[i].alpha);
      if (paints) {
        paint_head(pixels, batch.fills[i]);
        composite_crop(pixels, face.transform, repaired[i].completion, repaired[i].alpha);
      }
      tell_outcome(is_late, paints, frame.outcomes[face.place]);
      frame.is_changed |= paints;
    }
  }

  std::shared_ptr<SharedInpainter> inpainter_;
  std::shared_ptr<RepairClock> clock_;
  FaceMemory memory_;
  Image photograph_;  // of the person
  // What the last frames took from the repair to their end.
  RepairClock::TimePoint::duration afterwards_{};
  std::unique_ptr<Batch> late_;  // what the worker is at, of an earlier frame
  core::Worker<std::vector<RepairedFace>> worker_;
};

VideoRepairer::VideoRepairer(const std::string& model, const std::string& device,
                             std::shared_ptr<RepairClock> clock)
    : implementation_(std::make_unique<Implementation>(model, device, std::move(clock))) {}
VideoRepairer::~VideoRepairer() = default;
VideoRepairer::VideoRepairer(VideoRepairer&&) noexcept = default;
VideoRepairer& VideoRepairer::operator=(VideoRepairer&&) noexcept = default;

RepairMethod VideoRepairer::method() const { return implementation_->method(); }

RepairCounts VideoRepairer::repair(const std::vector<VideoFrame*>& frames, const RepairRun& run) {
  return implementation_->repair(frames, run);
}

void VideoRepairer::show_person(Image photograph) {
  implementation_->show_person(std::move(photograph));
}

void VideoRepairer::forget() { implementation_->forget(); }

}  // namespace ganface
