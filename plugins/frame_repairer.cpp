// SPDX-License-Identifier: MIT
// Owns the repair of batches of video frames.
#include "frame_repairer.h"

#include <ganface/crop_border.h>
#include <ganface/error.h>
#include <ganface/grain.h>
#include <ganface/head_fill.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "gstfacemaskmeta.h"
#include "video_frame.h"

namespace ganface::gst {

// A face of a batch: which it is, and where its repair goes.
struct FrameRepairer::Face {
  size_t frame;    // of the batch
  int64_t number;  // the memory's, of the frame
  size_t report;   // its place among the frame's faces
  guint id;
  CanonicalTransform transform;
  Image inside;  // what of the crop lies in the frame
  Image beyond;  // the hole over the head crop, when it reaches beyond the canonical one
};

// Faces of some frames, and what of them is to be repaired.
struct FrameRepairer::Batch {
  std::vector<Face> faces;
  RepairWorker::Faces damaged;
};

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAlphaCrop = 128;  // pixels a side, of a frame that is itself the crop

bool is_empty(const Image& hole) {
  return std::all_of(hole.pixels.begin(), hole.pixels.end(),
                     [](uint8_t pixel) { return pixel == 0; });
}

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

// A face as a frame tells of it.
struct MaskedFace {
  FaceReport report;
  Image hole;  // at the mask's size
  Image head;  // the hole over the head crop, when it reaches beyond the canonical one
  // Whether it is worth remembering while nothing of it is missing. What covers a face and is not
  // asked for, as glasses that somebody wears, is part of it; a doubtful face may be covered.
  bool is_look = true;
};

double share_of(const Image& hole) {
  const auto missing = std::count_if(hole.pixels.begin(), hole.pixels.end(),
                                     [](uint8_t pixel) { return pixel != 0; });
  return static_cast<double>(missing) / static_cast<double>(hole.pixels.size());
}

MaskedFace masked_face(FaceReport report, const CanonicalTransform& transform, Image hole) {
  report.transform = transform;
  report.hole = share_of(hole);
  if (!is_empty(hole)) {
    report.action = FaceAction::kLeftAlone;  // until it is repaired
    report.why = "failed";
  }
  return {report, std::move(hole), {}, true};
}

// Throws Error(kInput) for a mask that no application means.
ImageView mask_of(const GstFaceMaskMeta& meta) {
  constexpr guint kLargest = 4096;  // pixels a side
  if (meta.mask_size == 0 || meta.mask_size > kLargest)
    throw Error(ErrorCode::kInput, "the mask of face " + std::to_string(meta.face_id) + " has " +
                                       std::to_string(meta.mask_size) +
                                       " pixels a side, expected 1 to " + std::to_string(kLargest));
  gsize size = 0;
  const gconstpointer bytes = meta.mask != nullptr ? g_bytes_get_data(meta.mask, &size) : nullptr;
  if (size != gsize{meta.mask_size} * meta.mask_size)
    throw Error(ErrorCode::kInput, "the mask of face " + std::to_string(meta.face_id) + " has " +
                                       std::to_string(size) + " bytes, expected one for each of " +
                                       std::to_string(meta.mask_size) + "x" +
                                       std::to_string(meta.mask_size) + " pixels");
  const auto side = static_cast<int>(meta.mask_size);
  return {static_cast<const uint8_t*>(bytes), side, side, 1, side};
}

// The frame's faces. Whether the frame carries masks, be they empty.
bool collect_masks(GstBuffer* buffer, std::vector<MaskedFace>& faces) {
  bool masked = false;
  gpointer iterator = nullptr;
  while (const GstFaceMaskMeta* meta = gst_buffer_iterate_face_mask_meta(buffer, &iterator)) {
    masked = true;
    const ImageView mask = mask_of(*meta);
    const int side = mask.width;
    const int canonical = std::max(1, static_cast<int>(std::lround(side / GST_FACE_MASK_SPAN)));
    const int margin = (side - canonical) / 2;
    CanonicalTransform transform;
    std::copy_n(meta->transform, transform.size(), transform.begin());
    faces.push_back(
        masked_face(report_of(*meta), transform, crop(mask, margin, margin, canonical, canonical)));
    Image head = crop(mask, 0, 0, side, side);
    if (reaches_beyond_crop(head)) faces.back().head = std::move(head);
    faces.back().is_look = meta->verdict == GST_FACE_MASK_VERDICT_CLEAR ||
                           meta->verdict == GST_FACE_MASK_VERDICT_NOT_ASKED;
  }
  return masked;
}

// The whole frame as a face whose transparent pixels are missing.
MaskedFace transparent_face(const Frame& frame) {
  const CanonicalTransform whole = transform_of_box(0, 0, frame.width, frame.height);
  return masked_face({}, whole, transparent_hole(frame, whole, kAlphaCrop));
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
void tell_sources(const DamagedFace& damaged, const RepairedFace& repaired, FaceReport& face) {
  face.seen = mean_in_hole(repaired.match.trust, damaged.hole);
  // Without a photograph, it is the look that is remembered whose detail was taken.
  (damaged.photograph.empty() ? face.seen : face.reference) += repaired.detailed;
  face.invented = std::max(0.0, 1 - face.seen - face.reference);
}

void tell_outcome(bool is_late, bool paints, FaceReport& face) {
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

FrameRepairer::FrameRepairer(const std::string& model, const std::string& device)
    : inpainter_(SharedInpainter::acquire(model, device)) {}

FrameRepairer::~FrameRepairer() = default;

void FrameRepairer::forget() {
  memory_.forget();
  if (late_) late_->faces.clear();
}

// Takes note of the frames' faces, and gives those that are covered.
FrameRepairer::Batch FrameRepairer::collect(const GstVideoInfo& info,
                                            const std::vector<GstBuffer*>& frames, bool remember,
                                            std::vector<FrameReport>& reports) {
  const bool looks = completes() && remember;
  Batch batch;
  auto damaged = std::make_shared<std::vector<DamagedFace>>();
  for (size_t i = 0; i < frames.size(); ++i) {
    const int64_t number = memory_.begin_frame();
    std::vector<MaskedFace> found;
    if (collect_masks(frames[i], found)) masks_announced_ = true;
    const bool by_alpha = !masks_announced_ && GST_VIDEO_INFO_HAS_ALPHA(&info);
    if (found.empty() && !by_alpha) continue;
    MappedFrame mapped(info, frames[i], GST_MAP_READ);
    if (by_alpha) found.push_back(transparent_face(mapped.frame()));
    for (const MaskedFace& masked : found) {
      const guint id = masked.report.id;
      const CanonicalTransform& transform = masked.report.transform;
      reports[i].faces.push_back(masked.report);
      const bool is_clean = is_empty(masked.hole);
      if (is_clean && !(looks && masked.is_look && memory_.see(id))) continue;
      const int side =
          completes() ? FaceMemory::crop_side(crop_side_in_frame(transform)) : masked.hole.width;
      DamagedFace face;
      face.crop = extract_crop(mapped.frame(), transform, side);
      Image inside;
      if (looks) inside = inside_frame(mapped.frame(), transform, side);
      if (is_clean) {
        memory_.look(id, face.crop, inside);
        continue;
      }
      face.hole = hole_of_side(masked.hole, side);
      face.photograph = photograph_;
      if (remember) memory_.recall(id, face);
      batch.faces.push_back(
          {i, number, reports[i].faces.size() - 1, id, transform, std::move(inside), masked.head});
      damaged->push_back(std::move(face));
    }
  }
  batch.damaged = std::move(damaged);
  return batch;
}

// Nothing when it is not ready in time, or the worker is still at another.
std::optional<std::vector<RepairedFace>> FrameRepairer::repair_in_time(const Batch& batch,
                                                                       const RepairRun& run,
                                                                       RepairCounts& counts) {
  if (!run.deadline || !completes())
    return inpainter_->repair(*batch.damaged, run.options, run.stop);
  const auto is_known = [&] {
    return std::all_of(batch.faces.begin(), batch.faces.end(),
                       [&](const Face& face) { return memory_.can_stand_in(face.id); });
  };
  const auto until = [&] {
    return *run.deadline - afterwards_ + (is_known() ? std::chrono::nanoseconds{0} : run.patience);
  };
  if (late_ && !is_known() && worker_->is_done(until())) take_late(run, counts);
  if (late_) return {};
  if (!worker_) worker_ = std::make_unique<RepairWorker>(inpainter_);
  worker_->start(batch.damaged, run.options);
  if (worker_->is_done(until())) return worker_->take();
  late_ = std::make_unique<Batch>(batch);
  return {};
}

void FrameRepairer::learn(const Batch& batch, std::vector<RepairedFace>& repaired, bool remember,
                          RepairCounts& counts) {
  for (size_t i = 0; i < batch.faces.size(); ++i) {
    const Face& face = batch.faces[i];
    const DamagedFace& damaged = (*batch.damaged)[i];
    if (repaired[i].failed)
      throw Error(ErrorCode::kInternal, "the repair of face " + std::to_string(face.id) +
                                            " failed: its loss is not finite; lower learning-rate "
                                            "or check the model");
    if (remember) memory_.learn(face.id, face.number, damaged, face.inside, repaired[i]);
    ++counts.faces;
    counts.remembered += !damaged.reference.empty() || !damaged.start.empty();
    counts.iterations += static_cast<guint64>(repaired[i].iterations);
    counts.contextual_loss += repaired[i].contextual_loss;
    counts.perceptual_loss += repaired[i].perceptual_loss;
  }
}

// Takes in what the worker has finished since the last frames.
void FrameRepairer::learn_late(const RepairRun& run, RepairCounts& counts) {
  if (late_ && (!run.deadline || worker_->is_done(Clock::now()))) take_late(run, counts);
}

// Waits for what the worker is at.
void FrameRepairer::take_late(const RepairRun& run, RepairCounts& counts) {
  const std::unique_ptr<Batch> batch = std::move(late_);
  std::vector<RepairedFace> repaired = worker_->take();
  learn(*batch, repaired, run.remember, counts);
}

RepairCounts FrameRepairer::repair(const GstVideoInfo& info, std::vector<GstBuffer*>& frames,
                                   const RepairRun& run, std::vector<FrameReport>& reports) {
  RepairCounts counts;
  reports.assign(frames.size(), {});
  for (size_t i = 0; i < frames.size(); ++i) reports[i].pts = GST_BUFFER_PTS(frames[i]);
  learn_late(run, counts);
  const Batch batch = collect(info, frames, run.remember, reports);
  if (batch.faces.empty()) return counts;

  const auto report_at = [&](size_t face) -> FaceReport& {
    return reports[batch.faces[face].frame].faces[batch.faces[face].report];
  };
  std::optional<std::vector<RepairedFace>> shown = repair_in_time(batch, run, counts);
  const bool is_late = !shown;
  const auto begin = Clock::now();
  if (shown) {
    for (size_t i = 0; i < shown->size(); ++i)
      tell_sources((*batch.damaged)[i], (*shown)[i], report_at(i));
    learn(batch, *shown, run.remember, counts);
  } else {
    counts.skipped = batch.faces.size();
    shown.emplace(batch.faces.size());
    for (size_t i = 0; run.remember && i < batch.faces.size(); ++i)
      (*shown)[i] = memory_.stand_in(batch.faces[i].id, (*batch.damaged)[i], run.options);
  }
  std::vector<RepairedFace>& repaired = *shown;
  for (size_t i = 0; i < repaired.size(); ++i) {
    const DamagedFace& damaged = (*batch.damaged)[i];
    if (completes() && repaired[i].completion.width == damaged.crop.width)
      match_grain(repaired[i].completion, damaged.crop, repaired[i].alpha,
                  static_cast<uint64_t>(batch.faces[i].number));
  }
  for (size_t i = 0; i < repaired.size();) {
    const size_t number = batch.faces[i].frame;
    frames[number] = gst_buffer_make_writable(frames[number]);
    MappedFrame mapped(info, frames[number], GST_MAP_READWRITE);
    const size_t first = i;
    for (; i < repaired.size() && batch.faces[i].frame == number; ++i)
      if (const Image& crop = (*batch.damaged)[i].crop; repaired[i].alpha.width == crop.width)
        fade_at_border(repaired[i].alpha, crop, mapped.frame(), batch.faces[i].transform);
    for (size_t n = first; n < i; ++n) {
      const bool paints = !repaired[n].completion.empty() && !is_empty(repaired[n].alpha);
      if (paints && completes() && !batch.faces[n].beyond.empty())
        fill_head(mapped.frame(), batch.faces[n].transform, batch.faces[n].beyond);
      if (paints)
        composite_crop(mapped.frame(), batch.faces[n].transform, repaired[n].completion,
                       repaired[n].alpha);
      tell_outcome(is_late, paints, report_at(n));
      reports[number].is_changed |= paints;
    }
  }
  afterwards_ = Clock::now() - begin;
  return counts;
}

}  // namespace ganface::gst
