// SPDX-License-Identifier: MIT
// Owns the way between GStreamer's video buffers and the engine's Frame.
#pragma once

#include <ganface/frame.h>
#include <gst/video/video.h>

/// Formats that the elements take.
#define GANFACE_VIDEO_FORMATS "{ RGB, BGR, RGBA, BGRA, RGBx, BGRx, I420, NV12 }"

namespace ganface::gst {

/// What the caps say of a frame. Throws Error(kInput) for interlaced video, whose rows belong to
/// two moments, for pixels more than 16 times as long as short, and for caps that are not raw
/// video. `element` is named in the message.
GstVideoInfo video_info_of(const GstCaps* caps, const char* element);

/// A buffer's frame in reach of the engine, as long as the object lives.
class MappedFrame {
 public:
  /// Throws Error(kInternal) when the buffer cannot be mapped, and Error(kInput) when what its
  /// video meta says of formats, offsets and strides does not fit the caps or the buffer.
  MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags access);
  ~MappedFrame();
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  Frame& frame() { return view_; }

 private:
  GstVideoFrame frame_;
  Frame view_;
};

}  // namespace ganface::gst
