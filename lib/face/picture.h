// SPDX-License-Identifier: MIT
// Owns a frame as faces are looked for in it: parts of it, at any size and tilt.
#pragma once

#include <ganface/frame.h>

namespace ganface::face {

/// A frame with square pixels: what of it is asked for is sampled from its planes, as RGB. The cost
/// is bounded by the size of the result, whatever that of the frame: a pixel of a result is the
/// mean of 16 samples of a plane at most. Beyond the frame its border is repeated. The frame must
/// outlive the object.
class Picture {
 public:
  explicit Picture(const FrameView& frame) : frame_(frame) {}

  /// Pixels of the picture.
  double width() const { return frame_.width * frame_.pixel_aspect; }
  double height() const { return frame_.height; }

  /// From a transform of the picture's pixels to one of the frame's, and back.
  CanonicalTransform to_frame(const CanonicalTransform& transform) const;
  CanonicalTransform to_picture(const CanonicalTransform& transform) const;

  /// The square around a canonical square of the frame, `span` times as large, as size x size
  /// pixels. Throws Error(kInput) when the transform has no inverse.
  Image cut(const CanonicalTransform& transform, double span, int size) const;
  /// width x height pixels, each of `step` x `step` of the picture's, from (left, top) of it.
  Image shrunk(double left, double top, double step, int width, int height) const;
  /// All of it in about so many pixels, each of them one sample: for what is quick to tell.
  Image sketch(int pixels) const;
  /// All of it, in its own size.
  Image rgb() const;
  /// The same, 1 channel: luma.
  Image grey() const;

 private:
  FrameView frame_;
};

}  // namespace ganface::face
