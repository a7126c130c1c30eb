// SPDX-License-Identifier: MIT
// Owns the segmentation of what covers faces.
#pragma once

#include <ganface/frame.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ganface {

/// Sees what is in front of faces: hands, objects, cloth, masks, text, a censor's blur. A person's
/// own glasses, beard, hat and hair are face. Objects may be used from one thread at a time.
class OcclusionSegmenter {
 public:
  /// Side of the masks.
  static constexpr int kSize = 128;

  /// Loads a facemask model by name or path. Throws Error(kModel).
  explicit OcclusionSegmenter(const std::string& model = "lfw-facemask");
  ~OcclusionSegmenter();
  OcclusionSegmenter(OcclusionSegmenter&&) noexcept;
  OcclusionSegmenter& operator=(OcclusionSegmenter&&) noexcept;

  /// For each face of an RGB picture how surely each pixel of its canonical crop is covered: 1
  /// channel, kSize pixels a side, 255 = certain.
  std::vector<Image> segment(const ImageView& rgb,
                             const std::vector<CanonicalTransform>& faces) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Masks that neither flicker nor trail, from one frame's segmentation to the next: small changes
/// of a pixel are taken on slowly, large ones at once.
class MaskSmoother {
 public:
  /// The hole of a face with this id (1 channel, 255 = covered) in the next frame. Specks are left
  /// out.
  Image smooth(unsigned id, const Image& segmented);
  /// Forgets the faces that are not among these.
  void keep(const std::vector<unsigned>& ids);
  void reset() { shares_.clear(); }

 private:
  std::map<unsigned, std::vector<float>> shares_;
};

}  // namespace ganface
