// SPDX-License-Identifier: MIT
// Owns what facemask does with a found face: its hole, and what is painted over it.
#pragma once

#include <ganface/frame.h>
#include <ganface/holes.h>
#include <ganface/occlusion.h>

#include <cstdint>
#include <optional>
#include <string>

namespace ganface::gst {

/// Side of the masks that facemask attaches, and of the canonical crop in their middle, pixels.
constexpr int kMaskSize = OcclusionTracker::kMaskSize;
constexpr int kCanonicalSize = 128;
static_assert(2 * kMaskSize == 3 * kCanonicalSize);  // GST_FACE_MASK_SPAN

enum class MaskKind { kAuto, kRegion, kImage, kColor, kAlpha };
enum class Occlusion { kNone, kGray, kBlack, kNoise };

/// How holes are made and shown.
struct MaskSettings {
  MaskKind kind = MaskKind::kAuto;
  Region region = Region::kCenter;
  uint64_t seed = 1;          ///< of random regions and noise
  std::string location;       ///< of the mask image
  unsigned color = 0x00ff00;  ///< 0xRRGGBB
  int tolerance = 40;
  int dilate = 0;   ///< pixels of the mask
  int feather = 0;  ///< pixels of the mask
  Occlusion occlude = Occlusion::kNone;
  bool draw = false;

  /// Whether the picture is changed.
  bool paints() const { return occlude != Occlusion::kNone || draw; }
};

/// The hole of a face over its head crop, grown by `dilate`: 1 channel, kMaskSize pixels a side,
/// 255 = missing. Of every kind but MaskKind::kAuto, whose holes come from elsewhere and through
/// grown(). `image` is the mask image of MaskKind::kImage. Throws Error(kInput) when it fits
/// neither the frame nor a canonical crop.
Image hole_of_face(const MaskSettings& settings, const std::optional<Image>& image,
                   const FrameView& frame, const CanonicalTransform& transform);

/// The hole grown by `dilate`.
Image grown(const MaskSettings& settings, const Image& hole);

/// The hole with an edge that fades out over `feather` pixels outside it.
Image feathered(const Image& hole, int feather);

/// Paints the hole into the picture.
void occlude_face(Frame& frame, const MaskSettings& settings, const CanonicalTransform& transform,
                  const Image& hole);

/// Draws a red tint over the hole, a green frame around the canonical crop with a yellow upper
/// edge, and the face's id.
void draw_face(Frame& frame, const CanonicalTransform& transform, const Image& hole, unsigned id);

}  // namespace ganface::gst
