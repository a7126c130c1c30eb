// SPDX-License-Identifier: MIT
// Owns the decision what of a face is to be repaired, and its steadiness in time.
#pragma once

#include <ganface/occlusion.h>

#include <map>
#include <optional>
#include <vector>

namespace ganface::face {

/// How surely something of these kinds covers a pixel, 0 to 255.
int covered_share(const HeadSegmentation& head, size_t pixel, OccluderKinds kinds);

/// What a frame shows of a face.
struct Sight {
  const HeadSegmentation& head;
  double score = 0;       ///< the detector's, 0 to 1
  bool was_seen = false;  ///< uncovered, in an earlier frame
  bool is_late = false;   ///< others were there before the face came
};

/// Decides, face by face and frame by frame, what of a segmented head is to be repaired. In doubt
/// nothing is: a hole begins where something of an asked-for kind surely covers the face's oval, in
/// a video in two frames running, and reaches as far as it hangs together with what perhaps is
/// covered. A medical mask goes as a whole, anything else inside the oval.
class OcclusionDecider {
 public:
  /// What is to be repaired of the face with this id. Unless the frames are a video's, what was
  /// before says nothing. The hole of a face that was seen uncovered reaches farther around
  /// something large, for what lies there is remembered, and a finger that is left would stay. In a
  /// photograph detector and segmenter must both be sure of the face, unless a medical mask hides
  /// most of it.
  FaceOcclusion decide(unsigned id, const Sight& sight, const OcclusionOptions& options,
                       bool is_video);

  /// What may be covered of a face in its last frame, whether it is repaired or not: 1 channel,
  /// OcclusionSegmenter::kSize pixels a side, 255 = covered.
  Image doubtful_part(unsigned id) const;

  /// Whether a video's face had a hole in its last frame.
  bool is_repaired(unsigned id) const;

  /// Forgets the faces that are not among these.
  void keep(const std::vector<unsigned>& ids);
  void reset() { faces_.clear(); }

 private:
  // What is known of a face from the frames before.
  struct Face {
    std::vector<float> shares;  // of what is asked for, 0 to 255, smoothed
    Image sure;        // what was surely covered in the last frame; empty: nothing is known
    Image parts;       // what was covered in it
    Image clear_oval;  // as it was when nothing covered the face; empty: it never was
    double clear_yaw = 0;
    std::optional<double> yaw;
    bool is_turned = false;
    bool is_doubtful = false;  // perhaps no face
    bool is_repaired = false;
    int distrust = 0;  // frames until it may be repaired, since it was doubtful
    int strange = 0;   // the same, unless a medical mask covers it, since it came covered
  };

  // The head's oval, but under what covers it as it was when the face was seen uncovered; nothing
  // where that is not known, or the head was turned otherwise.
  static std::optional<Image> known_outline(const Face& face, const HeadSegmentation& head);

  // The parts of the face within `outline` that are covered by what was asked for.
  static Image covered_parts(Face& face, const HeadSegmentation& head, const Image& outline,
                             const OcclusionOptions& options, bool is_video, bool was_seen);

  std::map<unsigned, Face> faces_;
};

}  // namespace ganface::face
