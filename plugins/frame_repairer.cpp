// SPDX-License-Identifier: MIT
// Owns the repair of batches of video frames.
#include "frame_repairer.h"

#include <ganface/crop_border.h>
#include <ganface/error.h>
#include <ganface/grain.h>

#include <algorithm>

#include "gstfacemaskmeta.h"
#include "video_frame.h"

namespace ganface::gst {

// A face of a batch: which it is, and where its repair goes.
struct FrameRepairer::Face {
  size_t frame;    // of the batch
  int64_t number;  // the memory's, of the frame
  guint id;
  CanonicalTransform transform;
  Image inside;  // what of the crop lies in the frame
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
  guint id;
  CanonicalTransform transform;
  Image hole;  // at the mask's size
};

// The frame's faces. Whether the frame carries masks, be they empty.
bool collect_masks(GstBuffer* buffer, std::vector<MaskedFace>& faces) {
  bool masked = false;
  gpointer iterator = nullptr;
  while (const GstFaceMaskMeta* meta = gst_buffer_iterate_face_mask_meta(buffer, &iterator)) {
    masked = true;
    const auto side = static_cast<int>(meta->mask_size);
    MaskedFace face{meta->face_id, {}, Image(side, side, 1)};
    gsize size = 0;
    const auto* bytes = static_cast<const uint8_t*>(g_bytes_get_data(meta->mask, &size));
    face.hole.pixels.assign(bytes, bytes + size);
    std::copy_n(meta->transform, face.transform.size(), face.transform.begin());
    faces.push_back(std::move(face));
  }
  return masked;
}

// The whole frame as a face whose transparent pixels are missing.
MaskedFace transparent_face(const Frame& frame) {
  const CanonicalTransform whole = transform_of_box(0, 0, frame.width, frame.height);
  return {0, whole, transparent_hole(frame, whole, kAlphaCrop)};
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
                                            const std::vector<GstBuffer*>& frames, bool remember) {
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
      const bool is_clean = is_empty(masked.hole);
      if (is_clean && !(looks && memory_.see(masked.id))) continue;
      const int side = completes() ? FaceMemory::crop_side(crop_side_in_frame(masked.transform))
                                   : masked.hole.width;
      DamagedFace face;
      face.crop = extract_crop(mapped.frame(), masked.transform, side);
      Image inside;
      if (looks) inside = inside_frame(mapped.frame(), masked.transform, side);
      if (is_clean) {
        memory_.look(masked.id, face.crop, inside);
        continue;
      }
      face.hole = hole_of_side(masked.hole, side);
      face.photograph = photograph_;
      if (remember) memory_.recall(masked.id, face);
      batch.faces.push_back({i, number, masked.id, masked.transform, std::move(inside)});
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
  const auto waits = [&] {
    return !run.leaves_unknown &&
           !std::all_of(batch.faces.begin(), batch.faces.end(),
                        [&](const Face& face) { return memory_.can_stand_in(face.id); });
  };
  if (late_ && waits()) take_late(run, counts);
  if (late_) return {};
  if (!worker_) worker_ = std::make_unique<RepairWorker>(inpainter_);
  worker_->start(batch.damaged, run.options);
  if (waits() || worker_->is_done(*run.deadline - afterwards_)) return worker_->take();
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
                                   const RepairRun& run) {
  RepairCounts counts;
  learn_late(run, counts);
  const Batch batch = collect(info, frames, run.remember);
  if (batch.faces.empty()) return counts;

  std::optional<std::vector<RepairedFace>> shown = repair_in_time(batch, run, counts);
  const auto begin = Clock::now();
  if (shown) {
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
    for (size_t n = first; n < i; ++n)
      if (!repaired[n].completion.empty())
        composite_crop(mapped.frame(), batch.faces[n].transform, repaired[n].completion,
                       repaired[n].alpha);
  }
  afterwards_ = Clock::now() - begin;
  return counts;
}

}  // namespace ganface::gst
