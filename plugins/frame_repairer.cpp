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
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAlphaCrop = 128;  // pixels a side, of a frame that is itself the crop
constexpr int kOpaque = 128;     // of 255: less is a hole

// A face of a batch: what the engine repairs, and where the result goes.
struct FrameFace {
  size_t frame;    // of the batch
  int64_t number;  // the memory's, of the frame
  guint id;
  CanonicalTransform transform;
  DamagedFace damaged;
  Image inside;  // what of the crop lies in the frame
};

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

// The frame's faces, holes at the masks' size. Whether the frame carries masks, be they empty.
bool collect_masks(GstBuffer* buffer, std::vector<FrameFace>& faces) {
  bool masked = false;
  gpointer iterator = nullptr;
  while (const GstFaceMaskMeta* meta = gst_buffer_iterate_face_mask_meta(buffer, &iterator)) {
    masked = true;
    const auto side = static_cast<int>(meta->mask_size);
    FrameFace face{0, 0, meta->face_id, {}, {}, {}};
    face.damaged.hole = Image(side, side, 1);
    gsize size = 0;
    const auto* bytes = static_cast<const uint8_t*>(g_bytes_get_data(meta->mask, &size));
    face.damaged.hole.pixels.assign(bytes, bytes + size);
    std::copy_n(meta->transform, face.transform.size(), face.transform.begin());
    faces.push_back(std::move(face));
  }
  return masked;
}

// The whole frame as a face whose transparent pixels are missing.
FrameFace transparent_face(const Frame& frame) {
  const CanonicalTransform whole = transform_of_box(0, 0, frame.width, frame.height);
  FrameFace face{0, 0, 0, whole, {}, {}};
  face.damaged.hole = extract_alpha(frame, whole, kAlphaCrop);
  for (uint8_t& pixel : face.damaged.hole.pixels) pixel = pixel < kOpaque ? 255 : 0;
  return face;
}

}  // namespace

// How many of the faces a completion has time for: all when that is not known yet.
size_t FrameRepairer::count_in_time(size_t faces, const RepairRun& run) const {
  if (!run.deadline || method() != RepairMethod::kCompletion || seconds_per_face_ == 0)
    return faces;
  const double left = std::chrono::duration<double>(*run.deadline - Clock::now()).count();
  const double fit = std::max(0.0, left / seconds_per_face_);
  return fit >= static_cast<double>(faces) ? faces : static_cast<size_t>(fit);
}

RepairCounts FrameRepairer::repair(const GstVideoInfo& info, std::vector<GstBuffer*>& frames,
                                   const RepairRun& run) {
  const bool completes = method() == RepairMethod::kCompletion;
  std::vector<FrameFace> faces;
  for (size_t i = 0; i < frames.size(); ++i) {
    const int64_t number = memory_.begin_frame();
    std::vector<FrameFace> found;
    if (collect_masks(frames[i], found)) masks_announced_ = true;
    const bool by_alpha = !masks_announced_ && GST_VIDEO_INFO_HAS_ALPHA(&info);
    if (found.empty() && !by_alpha) continue;
    MappedFrame mapped(info, frames[i], GST_MAP_READ);
    if (by_alpha) found.push_back(transparent_face(mapped.frame()));
    for (FrameFace& face : found) {
      const bool is_clean = is_empty(face.damaged.hole);
      if (is_clean && !(completes && run.remember && memory_.see(face.id))) continue;
      const int side = completes ? FaceMemory::crop_side(crop_side_in_frame(face.transform))
                                 : face.damaged.hole.width;
      face.frame = i;
      face.number = number;
      face.damaged.crop = extract_crop(mapped.frame(), face.transform, side);
      if (completes && run.remember)
        face.inside = inside_frame(mapped.frame(), face.transform, side);
      if (is_clean) {
        memory_.look(face.id, face.damaged.crop, face.inside);
        continue;
      }
      face.damaged.hole = hole_of_side(face.damaged.hole, side);
      if (run.remember) memory_.recall(face.id, face.damaged);
      faces.push_back(std::move(face));
    }
  }
  RepairCounts counts;
  if (faces.empty()) return counts;

  const size_t in_time = count_in_time(faces.size(), run);
  std::vector<DamagedFace> damaged;
  for (size_t i = 0; i < in_time; ++i) {
    counts.remembered += !faces[i].damaged.reference.empty() || !faces[i].damaged.start.empty();
    damaged.push_back(std::move(faces[i].damaged));
  }
  const auto begin = Clock::now();
  std::vector<RepairedFace> repaired;
  if (in_time > 0) repaired = inpainter_->repair(damaged, run.options, run.stop);
  for (size_t i = 0; i < in_time; ++i) {
    if (repaired[i].failed)
      throw Error(ErrorCode::kInternal, "the repair of face " + std::to_string(faces[i].id) +
                                            " failed: its loss is not finite; lower learning-rate "
                                            "or check the model");
    if (run.remember)
      memory_.learn(faces[i].id, faces[i].number, damaged[i], faces[i].inside, repaired[i]);
    if (completes && repaired[i].completion.width == damaged[i].crop.width)
      match_grain(repaired[i].completion, damaged[i].crop, repaired[i].alpha,
                  static_cast<uint64_t>(faces[i].number));
    counts.iterations += static_cast<guint64>(repaired[i].iterations);
    counts.contextual_loss += repaired[i].contextual_loss;
    counts.perceptual_loss += repaired[i].perceptual_loss;
  }
  if (in_time > 0)
    seconds_per_face_ =
        std::chrono::duration<double>(Clock::now() - begin).count() / static_cast<double>(in_time);
  else
    seconds_per_face_ /= 2;  // the next frame may try again
  // Faces without time of their own show their last completion.
  for (size_t i = in_time; i < faces.size(); ++i) {
    RepairedFace last;
    last.completion = memory_.last_completion(faces[i].id);
    last.alpha = faces[i].damaged.hole;
    repaired.push_back(std::move(last));
  }
  for (size_t i = 0; i < faces.size();) {
    const size_t number = faces[i].frame;
    frames[number] = gst_buffer_make_writable(frames[number]);
    MappedFrame mapped(info, frames[number], GST_MAP_READWRITE);
    const size_t first = i;
    for (; i < faces.size() && faces[i].frame == number; ++i)
      if (i < in_time && repaired[i].alpha.width == damaged[i].crop.width)
        fade_at_border(repaired[i].alpha, damaged[i].crop, mapped.frame(), faces[i].transform);
    for (size_t n = first; n < i; ++n)
      if (!repaired[n].completion.empty())
        composite_crop(mapped.frame(), faces[n].transform, repaired[n].completion,
                       repaired[n].alpha);
  }
  counts.faces = in_time;
  counts.skipped = faces.size() - in_time;
  return counts;
}

}  // namespace ganface::gst
