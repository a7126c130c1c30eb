// SPDX-License-Identifier: MIT
// Owns video frames as the engine sees them, and the way between a frame and a canonical crop.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

#include <array>

namespace ganface {

/// What the 8-bit samples of a video frame mean: packed RGB in any order, or planar and semi-planar
/// YUV 4:2:0. Components are R, G, B or Y, U, V.
struct FrameFormat {
  int width = 0;                  ///< pixels
  int height = 0;                 ///< pixels
  double pixel_aspect = 1;        ///< a pixel's width by its height, as it is shown
  bool is_yuv = false;            ///< components 1 and 2 are subsampled 2 x 2
  bool is_full_range = true;      ///< YUV: 0 to 255; otherwise luma 16 to 235, chroma 16 to 240
  double kr = 0.299, kb = 0.114;  ///< YUV: luma shares of red and blue (BT.601)
  /// YUV: where in its 2 x 2 block of pixels a chroma sample stands, in pixels from the block's top
  /// left; 1 is the middle (JPEG), 0.5 the first column's or row's centre (MPEG-2: x 0.5, y 1).
  double chroma_x = 0.5, chroma_y = 1;
};

/// Where the samples of one component of a frame are.
template <typename Byte>
struct SamplesIn {
  Byte* data = nullptr;        ///< first sample
  ptrdiff_t stride = 0;        ///< bytes from a row to the next
  ptrdiff_t pixel_stride = 0;  ///< bytes from a sample to the next in its row
};

/// A video frame that somebody else owns, to read.
struct FrameView : FrameFormat {
  using Component = SamplesIn<const uint8_t>;
  std::array<Component, 3> components;
  Component alpha;  ///< RGB: opacity, 0 = transparent; no data where the format has none
};

/// A video frame that somebody else owns, to read and to write.
struct GANFACE_API Frame : FrameFormat {
  using Component = SamplesIn<uint8_t>;
  std::array<Component, 3> components;
  Component alpha;  ///< RGB: opacity, 0 = transparent; no data where the format has none

  operator FrameView() const;
};

/// An RGB image as a frame; valid as long as the image's pixels.
GANFACE_API Frame frame_of(Image& rgb);
/// An RGB or grey image as a frame to read; valid as long as the image's pixels. Throws
/// Error(kInput) for another number of channels.
GANFACE_API FrameView frame_of(const ImageView& image);
inline FrameView frame_of(const Image& image) { return frame_of(image.view()); }

/// A similarity (or affine) map, row-major 2x3, from frame coordinates (pixels, a pixel's centre at
/// + 0.5) to the canonical crop, a unit square with (0, 0) at its top left.
using CanonicalTransform = std::array<double, 6>;

/// The map under which the axis-parallel box (pixels) is the canonical crop.
GANFACE_API CanonicalTransform transform_of_box(double left, double top, double width,
                                                double height);

/// The canonical crop of a frame as RGB, width x height, area-averaged when shrinking; outside the
/// frame the nearest pixel is repeated. Throws Error(kInput) when the transform has no inverse.
GANFACE_API Image extract_crop(const FrameView& frame, const CanonicalTransform& transform,
                               int width, int height);
inline Image extract_crop(const FrameView& frame, const CanonicalTransform& transform, int size) {
  return extract_crop(frame, transform, size, size);
}

/// Where the canonical crop lies in the frame: 1 channel, width x height, 255 = inside. Throws as
/// extract_crop().
GANFACE_API Image inside_frame(const FrameView& frame, const CanonicalTransform& transform,
                               int width, int height);
inline Image inside_frame(const FrameView& frame, const CanonicalTransform& transform, int size) {
  return inside_frame(frame, transform, size, size);
}

/// Side of the canonical crop in the frame, pixels. Throws as extract_crop().
GANFACE_API double crop_side_in_frame(const CanonicalTransform& transform);

/// What is missing of a crop of size x size: 255 in each of its pixels that a transparent pixel of
/// the frame (alpha below 128) touches or is next to, so that the hole, enlarged, covers all of
/// those, 0 elsewhere. Throws Error(kInput) for a frame without alpha
/// and for a transform without an inverse.
GANFACE_API Image transparent_hole(const FrameView& frame, const CanonicalTransform& transform,
                                   int size);

/// The frame as an RGB image to look at: chroma is that of the nearest sample.
GANFACE_API Image to_image(const FrameView& frame);

/// Mixes `completion` (RGB) into the frame by `alpha` (1 channel, 255 = all), both canonical crops
/// of one size, sampled bilinearly; samples in a pixel of alpha 255 are replaced, and samples in a
/// pixel of alpha 0 keep their bytes. Where the frame is transparent it becomes as opaque as
/// `alpha` says.
GANFACE_API void composite_crop(Frame& frame, const CanonicalTransform& transform,
                                const Image& completion, const Image& alpha);

/// Fills the hole (canonical crop, non-zero = missing, nearest pixel) with a colour.
GANFACE_API void paint_hole(Frame& frame, const CanonicalTransform& transform, const Image& hole,
                            const std::array<uint8_t, 3>& rgb);

}  // namespace ganface
