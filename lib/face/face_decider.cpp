// SPDX-License-Identifier: MIT
// Owns the decision whether one face is repaired, and what of it, from frame to frame.
#include "face/face_decider.h"

#include <ganface/holes.h>

#include <algorithm>
#include <cmath>

#include "face/face_outline.h"
#include "face/head_masks.h"

namespace ganface::face {
namespace {

constexpr int kSpeck = 100;  // pixels of something else than was asked for; fewer are nothing
constexpr double kStillFace = 0.2;  // of the least certainty, for what was a face a frame ago
constexpr int kDistrust = 45;       // frames that a video's face must be one after it was doubtful
constexpr int kStrange = 15;        // the same for one that came covered
// The pose of profiles is underestimated, and the detector is less sure of them.
constexpr double kMaybeProfile = 25;  // degrees
constexpr double kOfProfiles = 0.9;   // of the detector's being sure
constexpr double kSamePose = 12;      // degrees of yaw within which an outline is the same
constexpr double kYawMargin = 5;      // degrees by which a head turns back to be repaired again

bool has(OccluderKinds kinds, OccluderKind kind) { return (kinds & bit_of(kind)) != 0; }

// Whether the crop shows a face where it should.
bool is_face(const HeadSegmentation& head, const Thresholds& thresholds) {
  if (head.face < thresholds.face) return false;
  return thresholds.face <= 0 || is_outline_of_face(head);
}

// The kinds of what lies inside the face's outline, whether it was asked for or not.
OccluderKinds kinds_within(const Image& outline, const HeadSegmentation& head) {
  OccluderKinds kinds = 0;
  for (size_t k = 0; k < head.kinds.size(); ++k) {
    int count = 0;
    for (size_t i = 0; i < kMaskPixels; ++i)
      count += outline.pixels[i] >= kInside && head.kinds[k].pixels[i] >= kCovers;
    if (count >= kSpeck) kinds |= bit_of(static_cast<OccluderKind>(k));
  }
  return kinds;
}

// Of a face without a hole: something else may cover it, or what was seen once only.
OcclusionVerdict verdict_on_others(OccluderKinds others, OccluderKinds asked, bool is_seen_once) {
  if (others == 0) return OcclusionVerdict::kClear;
  if ((others & asked) == 0) return OcclusionVerdict::kNotAsked;
  return is_seen_once ? OcclusionVerdict::kNew : OcclusionVerdict::kClear;
}

// The hole as it is given away.
Image at_mask_size(const Image& hole) {
  Image result = resize(hole.view(), OcclusionTracker::kMaskSize, OcclusionTracker::kMaskSize);
  for (uint8_t& pixel : result.pixels) pixel = pixel >= 128 ? 255 : 0;
  return result;
}

}  // namespace

FaceOcclusion FaceDecider::decide(const Sight& sight, const OcclusionOptions& options,
                                  bool is_video) {
  const HeadSegmentation& head = sight.head;
  const Thresholds thresholds = thresholds_of(options.caution, is_video);
  const bool is_new = !yaw_.has_value();
  // What was a face a frame ago and is covered now still is one.
  const bool was_face = !is_new && !is_doubtful_;
  yaw_ = is_new ? head.yaw : 0.5 * (*yaw_ + head.yaw);
  is_repaired_ = false;
  is_doubtful_ = was_face ? head.face < kStillFace * thresholds.face : !is_face(head, thresholds);
  FaceOcclusion result;
  result.hole = Image(OcclusionTracker::kMaskSize, OcclusionTracker::kMaskSize, 1);
  result.yaw = *yaw_;
  if (is_doubtful_) {
    covered_.forget();
    distrust_ = kDistrust;
    result.verdict = OcclusionVerdict::kUncertain;
    return result;
  }
  const Image outline = outline_of(head);
  covered_.take(head, outline, options.kinds, thresholds, sight.was_seen);
  count_frame(is_new && sight.is_late);
  is_turned_ = std::abs(*yaw_) > options.max_yaw - (is_turned_ ? kYawMargin : 0);
  const OccluderHole found = hole_of(covered_.parts(), head, outline, options.kinds);
  result.kinds = found.kinds;
  if (is_empty(found.hole)) {
    const OccluderKinds others = kinds_within(outline, head);
    if (others == 0 && is_empty(covered_.sure())) remember_clear(outline);
    result.kinds |= others;
    result.verdict = verdict_on_others(others, options.kinds, is_new && is_video);
    return result;
  }
  if ((!was_face && !is_agreed(sight, found, outline, thresholds)) ||
      is_distrusted(found.kinds, thresholds)) {
    result.verdict = OcclusionVerdict::kUncertain;
    return result;
  }
  if (is_turned_) {
    result.verdict = OcclusionVerdict::kTurned;
    return result;
  }
  result.hole = at_mask_size(found.hole);
  is_repaired_ = true;
  return result;
}

// The head's oval, but under what covers it as it was when the face was seen uncovered, where that
// is known and the head was not turned otherwise.
Image FaceDecider::outline_of(const HeadSegmentation& head) const {
  Image outline = head.oval;
  if (clear_oval_.empty() || std::abs(head.yaw - clear_yaw_) > kSamePose) return outline;
  // Beside what covers it the face shows where it ends now.
  for (size_t i = 0; i < kMaskPixels; ++i)
    if (clear_oval_.pixels[i] > head.oval.pixels[i] && covered_share(head, i, kAllKinds) >= kCovers)
      outline.pixels[i] = clear_oval_.pixels[i];
  return outline;
}

void FaceDecider::count_frame(bool comes_late) {
  distrust_ = std::max(0, distrust_ - 1);
  strange_ = std::max(0, strange_ - 1);
  // What comes covered beside a face that is there, and was never seen clear, is seldom a face.
  if (comes_late && !is_empty(covered_.sure())) strange_ = kStrange;
}

void FaceDecider::remember_clear(const Image& outline) {
  clear_oval_ = outline;
  clear_yaw_ = *yaw_;
}

// Whether detector and segmenter agree that what is covered is a face.
bool FaceDecider::is_agreed(const Sight& sight, const OccluderHole& found, const Image& outline,
                            const Thresholds& thresholds) const {
  const bool is_masked = has(found.kinds, OccluderKind::kMedicalMask);
  const bool is_worn = is_masked || has(found.kinds, OccluderKind::kSunglasses);
  const bool may_be_profile = !is_worn && std::abs(*yaw_) > kMaybeProfile;
  const bool is_detected =
      sight.score >= (may_be_profile && thresholds.score > 0 ? kOfProfiles : thresholds.score);
  if (!is_masked) return is_detected && sight.head.face >= thresholds.plainly;
  // A mask leaves the eyes to be seen.
  return is_detected || (sight.head.face >= thresholds.surely && shows_eyes(found.hole, outline));
}

// What is a face in one frame and none in the next is a hand or a shirt.
bool FaceDecider::is_distrusted(OccluderKinds kinds, const Thresholds& thresholds) const {
  const bool is_strange = strange_ > 0 && !has(kinds, OccluderKind::kMedicalMask);
  return thresholds.looks_twice && (distrust_ > 0 || is_strange);
}

Image FaceDecider::doubtful_part() const {
  if (is_doubtful_) return Image(kMaskSide, kMaskSide, 1, 255);
  Image part(kMaskSide, kMaskSide, 1);
  for (const Image* mask : {&covered_.sure(), &covered_.parts()})
    for (size_t i = 0; i < mask->pixels.size(); ++i) part.pixels[i] |= mask->pixels[i];
  return part;
}

}  // namespace ganface::face
