// SPDX-License-Identifier: MIT
// Owns the segmentation of what covers faces.
#pragma once

#include <ganface/face_tracker.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ganface {

/// How a face looked before, as masks of 1 channel and a canonical crop of kSize pixels a side.
struct FaceLook {
  Image crop;     ///< RGB
  Image known;    ///< 255 where it shows the face itself
  Image covered;  ///< 255 where something was in front of the face last, and near it
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

  /// Does what the network needs to do once, so that the first face takes no longer than others.
  void warm_up() const;

  /// The canonical crops (RGB, kSize pixels a side) of a frame's faces, for segment().
  static std::vector<Image> cut(const FrameView& frame,
                                const std::vector<CanonicalTransform>& faces);

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
/// become the face; after some seconds of that, the face has changed so much that all is forgotten.
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
    int sight = 0;   // frames since most of the face was taken anew
  };
  std::map<unsigned, Face> faces_;
};

/// Masks that neither flicker nor trail, from one frame's segmentation to the next: small changes
/// of a pixel are taken on slowly, large ones at once, and what was covered is so for as long as it
/// perhaps still is.
class MaskSmoother {
 public:
  /// The hole of a face with this id (1 channel, 255 = covered) in the next frame. Specks are left
  /// out. `was_seen`: the face was seen uncovered before; its hole then reaches farther around
  /// something large, for what lies there is remembered, and a finger that is left would stay.
  Image smooth(unsigned id, const Image& segmented, bool was_seen = false);
  /// Forgets the faces that are not among these.
  void keep(const std::vector<unsigned>& ids);
  void reset() { faces_.clear(); }

 private:
  struct Face {
    std::vector<float> shares;  // smoothed segmentation
    Image hole;                 // of the last frame
  };
  std::map<unsigned, Face> faces_;
};

/// What is in front of the faces of a video, frame by frame, causally: what the segmenter sees,
/// knowing how each face looked before, smoothed.
class OcclusionTracker {
 public:
  /// Throws as OcclusionSegmenter.
  explicit OcclusionTracker(const std::string& model = "lfw-facemask") : segmenter_(model) {}

  void warm_up() const { segmenter_.warm_up(); }

  /// The hole of each face of the next frame: 1 channel, OcclusionSegmenter::kSize
  /// pixels a side, 255 = covered. Faces that are not among these are forgotten. Unless the frames
  /// are a video's, how a face looked before says nothing.
  std::vector<Image> track(const FrameView& frame, const std::vector<TrackedFace>& faces,
                           bool is_video = true);

  /// The next frame has nothing to do with the last.
  void reset();

 private:
  OcclusionSegmenter segmenter_;
  FaceLooks looks_;
  MaskSmoother smoother_;
};

}  // namespace ganface
