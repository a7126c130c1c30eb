// SPDX-License-Identifier: MIT
// Owns the repair of batches of video frames.
#include "frame_repairer.h"

#include <ganface/error.h>

#include <algorithm>

#include "gstfacemaskmeta.h"
#include "video_frame.h"

namespace ganface::gst {
namespace {

constexpr size_t kMostRemembered = 64;  // faces whose z is kept
constexpr int kAlphaCrop = 128;         // pixels a side, of a frame that is itself the crop
constexpr int kOpaque = 128;            // of 255: less is a hole

// A face of a batch: what the engine repairs, and where the result goes.
struct FrameFace {
  size_t frame;
  guint id;
  CanonicalTransform transform;
  Image hole;
};

bool is_empty(const Image& hole) {
  return std::all_of(hole.pixels.begin(), hole.pixels.end(),
                     [](uint8_t pixel) { return pixel == 0; });
}

// Whether the frame carries masks, be they empty.
bool collect_masks(GstBuffer* buffer, size_t frame, std::vector<FrameFace>& faces) {
  bool masked = false;
  gpointer iterator = nullptr;
  while (const GstFaceMaskMeta* meta = gst_buffer_iterate_face_mask_meta(buffer, &iterator)) {
    masked = true;
    const auto side = static_cast<int>(meta->mask_size);
    FrameFace face{frame, meta->face_id, {}, Image(side, side, 1)};
    gsize size = 0;
    const auto* bytes = static_cast<const uint8_t*>(g_bytes_get_data(meta->mask, &size));
    face.hole.pixels.assign(bytes, bytes + size);
    std::copy_n(meta->transform, face.transform.size(), face.transform.begin());
    if (!is_empty(face.hole)) faces.push_back(std::move(face));
  }
  return masked;
}

// The whole frame as a face whose transparent pixels are missing.
void collect_transparency(const Frame& frame, size_t number, std::vector<FrameFace>& faces) {
  const CanonicalTransform whole = transform_of_box(0, 0, frame.width, frame.height);
  FrameFace face{number, 0, whole, extract_alpha(frame, whole, kAlphaCrop)};
  for (uint8_t& pixel : face.hole.pixels) pixel = pixel < kOpaque ? 255 : 0;
  if (!is_empty(face.hole)) faces.push_back(std::move(face));
}

}  // namespace

RepairCounts FrameRepairer::repair(const GstVideoInfo& info, std::vector<GstBuffer*>& frames,
                                   const RepairOptions& options, bool remember,
                                   const StopCondition& stop) {
  std::vector<FrameFace> faces;
  std::vector<DamagedFace> damaged;
  for (size_t i = 0; i < frames.size(); ++i) {
    const size_t first = faces.size();
    if (collect_masks(frames[i], i, faces)) masks_announced_ = true;
    const bool by_alpha = !masks_announced_ && GST_VIDEO_INFO_HAS_ALPHA(&info);
    if (faces.size() == first && !by_alpha) continue;
    MappedFrame mapped(info, frames[i], GST_MAP_READ);
    if (by_alpha) collect_transparency(mapped.frame(), i, faces);
    for (size_t face = first; face < faces.size(); ++face) {
      const FrameFace& found = faces[face];
      const auto known = latents_.find(found.id);
      damaged.push_back(
          {extract_crop(mapped.frame(), found.transform, found.hole.width), found.hole,
           remember && known != latents_.end() ? known->second : std::vector<float>()});
    }
  }
  RepairCounts counts;
  if (faces.empty()) return counts;

  const std::vector<RepairedFace> repaired = inpainter_->repair(damaged, options, stop);
  for (size_t i = 0; i < repaired.size(); ++i)
    if (repaired[i].failed)
      throw Error(ErrorCode::kInternal, "the repair of face " + std::to_string(faces[i].id) +
                                            " failed: its loss is not finite; lower learning-rate "
                                            "or check the model");
  if (latents_.size() > kMostRemembered) latents_.clear();
  for (size_t i = 0; i < repaired.size();) {
    const size_t number = faces[i].frame;
    frames[number] = gst_buffer_make_writable(frames[number]);
    MappedFrame mapped(info, frames[number], GST_MAP_READWRITE);
    for (; i < repaired.size() && faces[i].frame == number; ++i) {
      const RepairedFace& result = repaired[i];
      composite_crop(mapped.frame(), faces[i].transform, result.completion, result.alpha);
      if (remember) latents_[faces[i].id] = result.latent;
      counts.iterations += static_cast<guint64>(result.iterations);
      counts.contextual_loss += result.contextual_loss;
      counts.perceptual_loss += result.perceptual_loss;
    }
  }
  counts.faces = repaired.size();
  return counts;
}

}  // namespace ganface::gst
