// SPDX-License-Identifier: MIT
// Owns the view of a GstVideoFrame as the engine's Frame.
#pragma once

#include <ganface/frame.h>
#include <gst/video/video.h>

/// Formats that the elements take.
#define GANFACE_VIDEO_FORMATS "{ RGB, BGR, RGBA, BGRA, RGBx, BGRx, I420, NV12 }"

namespace ganface::gst {

/// A view of a mapped frame; valid as long as the mapping.
Frame view_of(GstVideoFrame* frame);

/// The frame as a grey picture: the luma plane itself for YUV, Rec. 601 luma otherwise.
Image grey_of(const Frame& frame);

}  // namespace ganface::gst
