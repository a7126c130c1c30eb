// SPDX-License-Identifier: MIT
// Owns the way of buffers with masks through the engine's repair.
#include "ganinpaint/frame_repairer.h"

#include <ganface/error.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "common/video_frame.h"
#include "gstfacemaskmeta.h"

namespace ganface::gst {
namespace {

constexpr int kAlphaCrop = 128;  // pixels a side, of a frame that is itself the crop

// A buffer, mapped when it is first looked at.
class BufferFrame : public VideoFrame {
 public:
  BufferFrame(const GstVideoInfo& info, GstBuffer*& buffer) : info_(info), buffer_(buffer) {}

  FrameView view() override {
    if (!mapped_) mapped_.emplace(info_, buffer_, GST_MAP_READ);
    return mapped_->frame();
  }
  Frame writable() override {
    mapped_.reset();  // it holds a reference, and what others hold is copied
    buffer_ = gst_buffer_make_writable(buffer_);
    mapped_.emplace(info_, buffer_, GST_MAP_READWRITE);
    return mapped_->frame();
  }

 private:
  const GstVideoInfo& info_;
  GstBuffer*& buffer_;
  std::optional<MappedFrame> mapped_;
};

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

MaskedFace face_of(const GstFaceMaskMeta& meta) {
  CanonicalTransform transform;
  std::copy_n(meta.transform, transform.size(), transform.begin());
  MaskedFace face = masked_face(meta.face_id, transform, mask_of(meta));
  face.may_be_reference = meta.verdict == GST_FACE_MASK_VERDICT_CLEAR ||
                          meta.verdict == GST_FACE_MASK_VERDICT_NOT_ASKED;
  return face;
}

// The frame's faces, and what is known of them before their repair.
void collect_masks(GstBuffer* buffer, VideoFrame& frame, FrameReport& report) {
  gpointer iterator = nullptr;
  while (const GstFaceMaskMeta* meta = gst_buffer_iterate_face_mask_meta(buffer, &iterator)) {
    frame.faces.push_back(face_of(*meta));
    report.faces.push_back(report_of(*meta));
    report.faces.back().transform = frame.faces.back().transform;
  }
}

// The whole frame as a face whose transparent pixels are missing.
void take_transparent_part(VideoFrame& frame, FrameReport& report) {
  const FrameView view = frame.view();
  MaskedFace face;
  face.transform = transform_of_box(0, 0, view.width, view.height);
  face.hole = transparent_hole(view, face.transform, kAlphaCrop);
  report.faces.emplace_back();
  report.faces.back().transform = face.transform;
  frame.faces.push_back(std::move(face));
}

void tell_outcome(const FaceOutcome& outcome, FaceReport& face) {
  face.hole = outcome.hole;
  if (outcome.action == FaceAction::kClean) return;  // unless its mask says why it was left alone
  face.action = outcome.action;
  face.why = outcome.why;
  face.seen = outcome.seen;
  face.reference = outcome.reference;
  face.invented = outcome.invented;
}

}  // namespace

RepairCounts FrameRepairer::repair(const GstVideoInfo& info, std::vector<GstBuffer*>& buffers,
                                   const RepairRun& run, std::vector<FrameReport>& reports) {
  reports.assign(buffers.size(), {});
  std::vector<std::unique_ptr<BufferFrame>> frames;
  std::vector<VideoFrame*> batch;
  for (size_t i = 0; i < buffers.size(); ++i) {
    reports[i].pts = GST_BUFFER_PTS(buffers[i]);
    frames.push_back(std::make_unique<BufferFrame>(info, buffers[i]));
    batch.push_back(frames.back().get());
    collect_masks(buffers[i], *frames[i], reports[i]);
    masks_announced_ |= !frames[i]->faces.empty();
    if (!masks_announced_ && GST_VIDEO_INFO_HAS_ALPHA(&info))
      take_transparent_part(*frames[i], reports[i]);
  }
  const auto tell = [&] {
    for (size_t i = 0; i < frames.size(); ++i) {
      for (size_t face = 0; face < frames[i]->outcomes.size(); ++face)
        tell_outcome(frames[i]->outcomes[face], reports[i].faces[face]);
      reports[i].is_changed = frames[i]->is_changed;
    }
  };
  try {
    const RepairCounts counts = repairer_.repair(batch, run);
    tell();
    return counts;
  } catch (...) {
    tell();
    throw;
  }
}

}  // namespace ganface::gst
