// SPDX-License-Identifier: MIT
// Owns the segmentation of what covers faces, and the decision what of it is to be repaired.
#pragma once

#include <ganface/api.h>
#include <ganface/face_tracker.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ganface {

/// What may cover a face. A person's own glasses, beard, hat and hair do not.
enum class OccluderKind {
  kHand,
  kObject,
  kMedicalMask,  ///< whatever is worn over nose or mouth
  kMark,         ///< text, a bar, a censor's blur or mosaic
  kSunglasses    ///< glasses that hide the eyes
};
constexpr int kOccluderKindCount = 5;

/// A set of kinds: the sum of their bits.
using OccluderKinds = unsigned;
constexpr OccluderKinds bit_of(OccluderKind kind) { return 1u << static_cast<unsigned>(kind); }
/// All but sunglasses.
constexpr OccluderKinds kUsualOccluders = 0xf;

/// How a face looked before, as masks of 1 channel and a head crop, of OcclusionSegmenter::kSize
/// pixels a side.
struct FaceReference {
  Image crop;     ///< RGB
  Image known;    ///< 255 where it shows the face itself
  Image covered;  ///< 255 where something was in front of the face last, and near it
};

/// What a head crop shows, as masks of 1 channel and OcclusionSegmenter::kSize pixels a side, 255 =
/// certain.
struct HeadSegmentation {
  std::array<Image, kOccluderKindCount> kinds;  ///< how surely a pixel belongs to such an occluder
  Image oval;        ///< inside the face's outline as it would be without occlusion
  double face = 0;   ///< how surely the crop shows a face where it should, 0 to 1
  double yaw = 0;    ///< degrees by which the head is turned, positive towards the picture's right
  double pitch = 0;  ///< degrees by which it is bent, positive downwards
};

/// Sees what is in front of faces, and where the face is under it. Objects may be used from one
/// thread at a time.
class GANFACE_API OcclusionSegmenter {
 public:
  /// Side of the head crops and of the masks, pixels.
  static constexpr int kSize = 160;

  /// Loads a facemask model by name or path. Throws Error(kModel).
  explicit OcclusionSegmenter(const std::string& model = "lfw-facemask");
  ~OcclusionSegmenter();
  OcclusionSegmenter(OcclusionSegmenter&&) noexcept;
  OcclusionSegmenter& operator=(OcclusionSegmenter&&) noexcept;

  /// Does what the network needs to do once, so that the first face takes no longer than others.
  void warm_up() const;

  /// The head crops (RGB, kSize pixels a side) of a frame's faces, for segment().
  static std::vector<Image> cut(const FrameView& frame,
                                const std::vector<CanonicalTransform>& faces);

  /// What each head crop shows. `references`: how each face looked before, null where nothing is
  /// known, or nothing at all; what has come in front of a face differs from it.
  std::vector<HeadSegmentation> segment(
      const std::vector<Image>& crops,
      const std::vector<const FaceReference*>& references = {}) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// How each face of a video looked where nothing covered it. A part counts only once it has stayed
/// uncovered for some frames: what begins to cover a face is often missed at first. While much of a
/// face is covered, nothing that is known is taken anew, or what is missed of its occluder would
/// become the face; after some seconds of that, the face has changed so much that all is forgotten.
class GANFACE_API FaceReferences {
 public:
  /// Null when nothing is known of the face with this id.
  const FaceReference* of(unsigned id) const;
  /// Takes in a face's next crop with the hole that was found in it.
  void take(unsigned id, const Image& crop, const Image& hole);
  /// Forgets the faces that are not among these.
  void keep(const std::vector<unsigned>& ids);
  void reset() { faces_.clear(); }

 private:
  struct Face {
    FaceReference reference, candidate;
    int frames = 0;  // since the candidate
    int sight = 0;   // frames since most of the face was taken anew
  };
  std::map<unsigned, Face> faces_;
};

/// How sure the networks must be before a face is repaired.
enum class Caution { kNormal, kNone, kHigh };

/// What is to be repaired.
struct OcclusionOptions {
  OccluderKinds kinds = kUsualOccluders;
  Caution caution = Caution::kNormal;
  double max_yaw = 60;  ///< degrees beyond which a head is left alone
};

/// Why a face is left alone.
enum class OcclusionVerdict {
  kClear,      ///< it is not: nothing covers it, or its hole says what does
  kTurned,     ///< by more than max_yaw
  kUncertain,  ///< the networks do not agree that this is a face
  kNew,        ///< something covers a face of a video that was seen once only
  kNotAsked    ///< what covers it is of a kind that was not asked for
};

/// What covers a face.
struct FaceOcclusion {
  /// What is to be repaired: 1 channel, OcclusionTracker::kMaskSize pixels a side over the head
  /// crop, 255 = missing. Nothing unless the verdict is kClear.
  Image hole;
  OccluderKinds kinds = 0;  ///< what covers the face
  OcclusionVerdict verdict = OcclusionVerdict::kClear;
  double yaw = 0;  ///< degrees, positive towards the picture's right
};

/// What is in front of the faces of a video, frame by frame, causally: what the segmenter sees,
/// knowing how each face looked before. Masks neither flicker nor trail: small changes of a pixel
/// are taken on slowly, large ones at once, and what was covered is so for as long as it perhaps
/// still is. In doubt a face is left alone.
class GANFACE_API OcclusionTracker {
 public:
  /// Side of the masks in pixels, where the canonical crop has 128.
  static constexpr int kMaskSize = 192;

  /// Throws as OcclusionSegmenter.
  explicit OcclusionTracker(const std::string& model = "lfw-facemask");
  ~OcclusionTracker();
  OcclusionTracker(OcclusionTracker&&) noexcept;
  OcclusionTracker& operator=(OcclusionTracker&&) noexcept;

  void warm_up() const;

  /// What covers each face of the next frame. Faces that are not among these are forgotten. Unless
  /// the frames are a video's, what was before says nothing, and each face is looked at twice.
  std::vector<FaceOcclusion> track(const FrameView& frame, const std::vector<TrackedFace>& faces,
                                   const OcclusionOptions& options = {}, bool is_video = true);

  /// The next frame has nothing to do with the last.
  void reset();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ganface
