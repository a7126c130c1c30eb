// SPDX-License-Identifier: MIT
// Owns the metas by which facemask tells downstream of a face.
#pragma once

#include <ganface/face_tracker.h>
#include <ganface/occlusion.h>
#include <gst/video/video.h>

namespace ganface::gst {

/// Attaches a GstFaceMaskMeta. `feather`: pixels over which the hole's edge fades out.
void attach_mask(GstBuffer* buffer, const TrackedFace& face, const FaceOcclusion& occlusion,
                 int feather);

/// Attaches the region of interest of a face: the axis-parallel box around its canonical crop, cut
/// to the frame.
void attach_region(GstBuffer* buffer, const GstVideoInfo& info, const TrackedFace& face);

}  // namespace ganface::gst
