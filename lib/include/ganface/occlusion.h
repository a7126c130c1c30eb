// SPDX-License-Identifier: MIT
// Owns the segmentation of what covers faces.
#pragma once

#include <ganface/frame.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ganface {

/// How a face looked before: its canonical crop (RGB), and where that is known (1 channel, 255).
struct FaceLook {
  Image crop, known;
};

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

  /// The canonical crops (RGB, kSize pixels a side) of a picture's faces (RGB), for segment().
  static std::vector<Image> cut(const ImageView& rgb, const std::vector<CanonicalTransform>& faces);

  /// For each canonical crop how surely each of its pixels is covered: 1 channel, kSize pixels a
  /// side, 255 = certain. `looks`: how each face looked before, as FaceLooks remembers it, null
  /// where nothing is known, or nothing at all; what has come in front of a face differs from it.
  std::vector<Image> segment(const std::vector<Image>& crops,
                             const std::vector<const FaceLook*>& looks = {}) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// How each face of a video looked where nothing covered it. A part counts only once it has stayed
/// uncovered for some frames: what begins to cover a face is often missed at first. While much of a
/// face is covered, nothing that is known is taken anew, or what is missed of its occluder would
/// become the face.
class FaceLooks {
 public:
  /// Null when nothing is known of the face with this id.
  const FaceLook* of(unsigned id) const;
  /// Takes in a face's next crop with the hole that was found in it.
  void take(unsigned id, const Image& crop, const Image& hole);
  /// Forgets the faces that are not among these.
  void keep(const std::vector<unsigned>& ids);
  void reset() { faces_.clear(); }

 private:
  struct Face {
    FaceLook look, candidate;
    int frames = 0;  // since the candidate
  };
  std::map<unsigned, Face> faces_;
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
