// SPDX-License-Identifier: MIT
// Owns the masking of the faces of a video, frame by frame.
#include <ganface/holes.h>
#include <ganface/occlusion.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "face/head_masks.h"
#include "face/occlusion_decider.h"
#include "face/oriented_box.h"
#include "face/translate.h"

namespace ganface {
namespace {

using face::box_of_transform;
using face::OrientedBox;

constexpr int kSize = OcclusionSegmenter::kSize;

// A face that looks as it did when nothing covered it is not segmented again for so many frames.
constexpr int kRenewal = 15;
constexpr int kBlocks = 20;         // of a head crop, in each direction
constexpr float kSameLook = 7;      // of 255: the largest difference of a block
constexpr double kSureScore = 0.9;  // of a face that is surely one
constexpr double kOthersReach =
    0.6;                        // half the square around a face in which no other can be, sides
constexpr double kHead = 0.17;  // squared radius, sides of the crop, of what is compared

Image mirrored(const Image& image) {
  Image result = image;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      std::copy_n(image.row(y) + image.channels * (image.width - 1 - x), image.channels,
                  result.row(y) + image.channels * x);
  return result;
}

Image mean_of(const Image& a, const Image& b) {
  Image mean = a;
  for (size_t i = 0; i < mean.pixels.size(); ++i)
    mean.pixels[i] = static_cast<uint8_t>((a.pixels[i] + b.pixels[i] + 1) / 2);
  return mean;
}

FaceReference mirrored(const FaceReference& reference) {
  return {mirrored(reference.crop), mirrored(reference.known), mirrored(reference.covered)};
}

HeadSegmentation mirrored(const HeadSegmentation& head) {
  HeadSegmentation result = head;
  for (Image& kind : result.kinds) kind = mirrored(kind);
  result.oval = mirrored(head.oval);
  result.yaw = -head.yaw;
  return result;
}

// What two looks at a face agree on.
HeadSegmentation mean_of(const HeadSegmentation& a, const HeadSegmentation& b) {
  HeadSegmentation mean;
  for (size_t k = 0; k < mean.kinds.size(); ++k) mean.kinds[k] = mean_of(a.kinds[k], b.kinds[k]);
  mean.oval = mean_of(a.oval, b.oval);
  mean.face = std::min(a.face, b.face);
  mean.yaw = (a.yaw + b.yaw) / 2;
  mean.pitch = (a.pitch + b.pitch) / 2;
  return mean;
}

// A small copy of the crop by which a face is known to look as before.
std::vector<float> blocks_of(const Image& crop) {
  const Image small = resize(crop.view(), kBlocks, kBlocks);
  return {small.pixels.begin(), small.pixels.end()};
}

bool look_alike(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return false;
  for (int y = 0; y < kBlocks; ++y)
    for (int x = 0; x < kBlocks; ++x) {
      const double u = (x + 0.5) / kBlocks - 0.5, v = (y + 0.5) / kBlocks - 0.5;
      if (u * u + v * v > kHead) continue;  // beside the head
      float difference = 0;
      const auto block = static_cast<size_t>(3 * (y * kBlocks + x));
      for (size_t c = 0; c < 3; ++c) difference += std::abs(a[block + c] - b[block + c]) / 3;
      if (difference > kSameLook) return false;
    }
  return true;
}

// Whether a face's middle lies in another, larger one's canonical square: an ear, a chin or a hand
// that a detector took for a face.
bool is_inside_another(const std::vector<TrackedFace>& faces, size_t i) {
  const auto square = [&](size_t n) { return box_of_transform(faces[n].transform); };
  const OrientedBox own = square(i);
  for (size_t n = 0; n < faces.size(); ++n) {
    if (n == i || square(n).side() <= own.side()) continue;
    const CanonicalTransform& t = faces[n].transform;
    const double u = t[0] * own.x + t[1] * own.y + t[2], v = t[3] * own.x + t[4] * own.y + t[5];
    if (std::max(std::abs(u - 0.5), std::abs(v - 0.5)) < kOthersReach) return true;
  }
  return false;
}

// Whether a face is doubtful beside a larger one that is not: a wheel, a badge or a fold of cloth
// that a detector took for a face.
bool is_beside_a_surer_one(const std::vector<TrackedFace>& faces, size_t i) {
  if (faces[i].score >= kSureScore) return false;
  const double side = box_of_transform(faces[i].transform).side();
  return std::any_of(faces.begin(), faces.end(), [&](const TrackedFace& other) {
    return other.score >= kSureScore && box_of_transform(other.transform).side() > side;
  });
}

// Whether enough of the face looks covered that it is worth a second look.
bool may_be_covered(const HeadSegmentation& head, OccluderKinds kinds) {
  constexpr int kPerhaps = 64, kInside = 128, kFew = 60;
  int count = 0;
  for (size_t i = 0; i < head.oval.pixels.size(); ++i)
    count += head.oval.pixels[i] >= kInside && face::covered_share(head, i, kinds) >= kPerhaps;
  return count >= kFew;
}

}  // namespace

struct OcclusionTracker::Implementation {
  // How a face looked in the last frame that was segmented, when nothing covered it.
  struct Clear {
    std::vector<float> blocks;
    double yaw = 0;
    int frames = 0;  // since
  };

  explicit Implementation(const std::string& model) : segmenter(model) {}

  OcclusionSegmenter segmenter;
  FaceReferences references;
  face::OcclusionDecider decider;
  std::map<unsigned, Clear> clear;
  std::vector<unsigned> shown;  // the faces of the last frame

  void keep(const std::vector<unsigned>& ids) {
    references.keep(ids);
    decider.keep(ids);
    for (auto face = clear.begin(); face != clear.end();)
      face = std::find(ids.begin(), ids.end(), face->first) == ids.end() ? clear.erase(face)
                                                                         : std::next(face);
  }

  // Whether a face shows what it showed when nothing covered it.
  bool is_as_before(unsigned id, const Image& crop) {
    const auto face = clear.find(id);
    return face != clear.end() && ++face->second.frames < kRenewal &&
           look_alike(face->second.blocks, blocks_of(crop));
  }

  // What is learned of a video's face from a frame.
  void learn(unsigned id, const Image& crop, const FaceOcclusion& result) {
    const Image doubtful = decider.doubtful_part(id);
    if (result.verdict == OcclusionVerdict::kClear && is_empty(doubtful))
      clear[id] = {blocks_of(crop), result.yaw, 0};
    else
      clear.erase(id);
    references.take(id, crop, doubtful);
  }

  // A face as it is segmented.
  struct Look {
    size_t face = 0;                        // of those that were given
    const Image* crop = nullptr;            // not mirrored
    const FaceReference* before = nullptr;  // null: nothing is known
    bool in_mirror = false;
  };

  std::vector<HeadSegmentation> segmented(const std::vector<Look>& looks) const {
    std::vector<Image> crops;
    std::vector<FaceReference> mirrored_before;
    mirrored_before.reserve(looks.size());
    std::vector<const FaceReference*> before;
    for (const Look& look : looks) {
      crops.push_back(look.in_mirror ? mirrored(*look.crop) : *look.crop);
      before.push_back(look.before);
      if (!look.in_mirror || look.before == nullptr) continue;
      mirrored_before.push_back(mirrored(*look.before));
      before.back() = &mirrored_before.back();
    }
    std::vector<HeadSegmentation> heads = segmenter.segment(crops, before);
    for (size_t i = 0; i < looks.size(); ++i)
      if (looks[i].in_mirror) heads[i] = mirrored(heads[i]);
    return heads;
  }

  // Where something may cover a face, its mirror image is asked, too, but in a video only until
  // the face has a hole, which the frames before then steady.
  void look_again(const std::vector<Look>& looks, const std::vector<unsigned>& ids, bool is_video,
                  OccluderKinds kinds, std::vector<HeadSegmentation>& heads) const {
    std::vector<Look> again;
    std::vector<size_t> covered;
    for (size_t i = 0; i < heads.size(); ++i) {
      if (is_video && decider.is_repaired(ids[looks[i].face])) continue;
      if (!may_be_covered(heads[i], kinds)) continue;
      covered.push_back(i);
      again.push_back(looks[i]);
      again.back().in_mirror = true;
    }
    const std::vector<HeadSegmentation> seen = segmented(again);
    for (size_t n = 0; n < covered.size(); ++n)
      heads[covered[n]] = mean_of(heads[covered[n]], seen[n]);
  }

  std::vector<FaceOcclusion> track(const FrameView& frame, const std::vector<TrackedFace>& tracked,
                                   const OcclusionOptions& options, bool is_video) {
    std::vector<CanonicalTransform> transforms;
    std::vector<unsigned> ids;
    for (const TrackedFace& face : tracked) {
      transforms.push_back(face.transform);
      ids.push_back(face.id);
    }
    keep(ids);
    // A face that comes while another stays; at a cut all of them are new.
    const bool is_late = std::any_of(ids.begin(), ids.end(), [&](unsigned id) {
      return std::find(shown.begin(), shown.end(), id) != shown.end();
    });
    shown = ids;
    std::vector<FaceOcclusion> results(tracked.size());
    if (tracked.empty()) return results;
    const std::vector<Image> crops = OcclusionSegmenter::cut(frame, transforms);
    std::vector<Look> looks;
    for (size_t i = 0; i < crops.size(); ++i) {
      if (options.caution != Caution::kNone &&
          (is_inside_another(tracked, i) || is_beside_a_surer_one(tracked, i))) {
        results[i].hole = Image(kMaskSize, kMaskSize, 1);
        results[i].verdict = OcclusionVerdict::kUncertain;
        continue;
      }
      if (is_video && is_as_before(ids[i], crops[i])) {
        results[i].hole = Image(kMaskSize, kMaskSize, 1);
        results[i].yaw = clear[ids[i]].yaw;
        continue;
      }
      Look look{i, &crops[i], nullptr, false};
      if (is_video) look.before = references.of(ids[i]);
      looks.push_back(look);
    }
    std::vector<HeadSegmentation> heads = segmented(looks);
    if (options.caution != Caution::kNone) look_again(looks, ids, is_video, options.kinds, heads);
    for (size_t n = 0; n < looks.size(); ++n) {
      const size_t i = looks[n].face;
      results[i] =
          decider.decide(ids[i], {heads[n], tracked[i].score, looks[n].before != nullptr, is_late},
                         options, is_video);
      if (is_video) learn(ids[i], crops[i], results[i]);
    }
    return results;
  }
};

OcclusionTracker::OcclusionTracker(const std::string& model)
    : implementation_(std::make_unique<Implementation>(model)) {}
OcclusionTracker::~OcclusionTracker() = default;
OcclusionTracker::OcclusionTracker(OcclusionTracker&&) noexcept = default;
OcclusionTracker& OcclusionTracker::operator=(OcclusionTracker&&) noexcept = default;

void OcclusionTracker::warm_up() const { implementation_->segmenter.warm_up(); }

std::vector<FaceOcclusion> OcclusionTracker::track(const FrameView& frame,
                                                   const std::vector<TrackedFace>& faces,
                                                   const OcclusionOptions& options, bool is_video) {
  return face::translated("masking faces",
                          [&] { return implementation_->track(frame, faces, options, is_video); });
}

void OcclusionTracker::reset() {
  implementation_->references.reset();
  implementation_->decider.reset();
  implementation_->clear.clear();
  implementation_->shown.clear();
}

}  // namespace ganface
