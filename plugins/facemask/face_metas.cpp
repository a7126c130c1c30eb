// SPDX-License-Identifier: MIT
// Owns the metas by which facemask tells downstream of a face.
#include "facemask/face_metas.h"

#include <gst/video/gstvideometa.h>

#include <algorithm>
#include <cmath>

#include "common/face_report.h"
#include "facemask/face_masking.h"
#include "gstfacemaskmeta.h"

namespace ganface::gst {
namespace {

// The library's words in the meta's.
GstFaceMaskOccluders occluders_of(OccluderKinds kinds) {
  static_assert(GST_FACE_MASK_OCCLUDER_HAND == bit_of(OccluderKind::kHand) &&
                GST_FACE_MASK_OCCLUDER_OBJECT == bit_of(OccluderKind::kObject) &&
                GST_FACE_MASK_OCCLUDER_MEDICAL_MASK == bit_of(OccluderKind::kMedicalMask) &&
                GST_FACE_MASK_OCCLUDER_MARK == bit_of(OccluderKind::kMark) &&
                GST_FACE_MASK_OCCLUDER_SUNGLASSES == bit_of(OccluderKind::kSunglasses));
  return static_cast<GstFaceMaskOccluders>(kinds);
}

GstFaceMaskVerdict verdict_of(OcclusionVerdict verdict) {
  switch (verdict) {
    case OcclusionVerdict::kTurned:
      return GST_FACE_MASK_VERDICT_TURNED;
    case OcclusionVerdict::kUncertain:
      return GST_FACE_MASK_VERDICT_UNCERTAIN;
    case OcclusionVerdict::kNew:
      return GST_FACE_MASK_VERDICT_NEW;
    case OcclusionVerdict::kNotAsked:
      return GST_FACE_MASK_VERDICT_NOT_ASKED;
    case OcclusionVerdict::kClear:
      break;
  }
  return GST_FACE_MASK_VERDICT_CLEAR;
}

}  // namespace

void attach_mask(GstBuffer* buffer, const TrackedFace& face, const FaceOcclusion& occlusion,
                 int feather) {
  const Image soft = feathered(occlusion.hole, feather);
  GBytes* mask = g_bytes_new(soft.pixels.data(), soft.pixels.size());
  GstFaceMaskMeta* meta = gst_buffer_add_face_mask_meta(buffer, face.id, face.score,
                                                        face.transform.data(), kMaskSize, mask);
  g_bytes_unref(mask);
  meta->occluders = occluders_of(occlusion.kinds);
  meta->verdict = verdict_of(occlusion.verdict);
  meta->yaw = occlusion.yaw;
}

void attach_region(GstBuffer* buffer, const GstVideoInfo& info, const TrackedFace& face) {
  const int width = GST_VIDEO_INFO_WIDTH(&info), height = GST_VIDEO_INFO_HEIGHT(&info);
  const auto [left, top, box_width, box_height] = box_of(face.transform);
  const auto clamp = [](double value, int most) {
    return static_cast<guint>(std::clamp(std::lround(value), 0L, long{most}));
  };
  const guint x = clamp(left, width), y = clamp(top, height);
  GstVideoRegionOfInterestMeta* roi = gst_buffer_add_video_region_of_interest_meta(
      buffer, "face", x, y, clamp(left + box_width, width) - x,
      clamp(top + box_height, height) - y);
  roi->id = static_cast<gint>(face.id);
}

}  // namespace ganface::gst
