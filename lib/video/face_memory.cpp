// SPDX-License-Identifier: MIT
// Owns what is remembered of each face of a video from frame to frame.
#include <ganface/face_memory.h>
#include <ganface/holes.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "repair/blend.h"
#include "repair/damage.h"
#include "video/reference_motion.h"

namespace ganface {
namespace {

using repair::at_side;
using video::extend;
using video::mean_flow;
using video::steady;

constexpr int kSides[] = {128, 192, 256, 384, 512};
constexpr double kLeastShare = 0.85;      // of the face's own pixels that its crop has
constexpr int64_t kLongestAbsence = 300;  // frames
constexpr int64_t kSteadyReach = 8;  // frames from one repair to the next that is steadied by it
constexpr int64_t kProbation = 5;    // frames that a face must stay uncovered to be remembered
constexpr double kSpecks =
    0.03;                   // share of the crop: a face with smaller holes is as good as clean
constexpr int kMargin = 3;  // pixels of 128 around a hole that may be touched by its edge
constexpr double kStranger = 60;              // of 255: a reference this far off shows another face
constexpr int64_t kLongestLook = 30;          // frames of a covered face with one look at it
constexpr int64_t kLongestPriorSample = 300;  // frames that a made-up face serves for
constexpr double kMoved = 3.0 / 128;          // mean flow beyond which the look is renewed, sides
constexpr uint8_t kTrusted = 128;             // of 255

// 255 where the face is seen: inside the frame, and not near the hole.
Image seen_part(const DamagedFace& face, const Image& inside) {
  Image seen = dilate(face.hole, kMargin * face.hole.width / 128);
  for (size_t i = 0; i < seen.pixels.size(); ++i)
    seen.pixels[i] = seen.pixels[i] == 0 && inside.pixels[i] != 0 ? 255 : 0;
  return seen;
}

double share_of(const Image& mask) {
  const auto set = mask.pixels.size() -
                   static_cast<size_t>(std::count(mask.pixels.begin(), mask.pixels.end(), 0));
  return static_cast<double>(set) / static_cast<double>(mask.pixels.size());
}

bool knows_all(const Image& known) {
  return std::all_of(known.pixels.begin(), known.pixels.end(), [](uint8_t p) { return p != 0; });
}

}  // namespace

int FaceMemory::crop_side(double pixels) {
  for (const int side : kSides)
    if (side >= kLeastShare * pixels) return side;
  return *std::prev(std::end(kSides));
}

int64_t FaceMemory::begin_frame() {
  ++frame_;
  for (auto face = faces_.begin(); face != faces_.end();)
    face = frame_ - face->second.last_seen > kLongestAbsence ? faces_.erase(face) : std::next(face);
  return frame_;
}

FaceMemory::Face* FaceMemory::face_of(uint32_t id) {
  if (faces_.count(id) == 0 && faces_.size() >= most_) {
    const auto oldest = std::min_element(
        faces_.begin(), faces_.end(),
        [](const auto& a, const auto& b) { return a.second.last_seen < b.second.last_seen; });
    if (oldest == faces_.end() || oldest->second.last_seen == frame_) return nullptr;
    faces_.erase(oldest);
  }
  return &faces_[id];
}

void FaceMemory::remember(Face& face, Look look, int64_t from) {
  face.memory = std::move(look);
  face.remembered = from;
}

void FaceMemory::promote_candidate(Face& face, int64_t from) {
  if (!face.candidate) return;
  remember(face, *std::move(face.candidate), from);
  face.candidate.reset();
}

bool FaceMemory::see(uint32_t id) {
  Face* const known = face_of(id);
  if (known == nullptr) return false;
  Face& face = *known;
  face.last_seen = face.seen_clean = frame_;
  face.last = {};
  return !face.candidate || frame_ - face.candidate->frame >= kProbation;
}

void FaceMemory::look(uint32_t id, const Image& crop, const Image& inside) {
  Face* const known = face_of(id);
  if (known == nullptr) return;
  Face& face = *known;
  promote_candidate(face, frame_);
  face.last_match = {};
  face.candidate = Look{crop, inside, frame_};
}

void FaceMemory::recall(uint32_t id, DamagedFace& damaged) {
  const auto known = faces_.find(id);
  if (known == faces_.end()) return;
  Face& face = known->second;
  face.last_seen = frame_;
  if (share_of(damaged.hole) >= kSpecks) {              // a probation is over
    if (!face.memory) promote_candidate(face, frame_);  // not proven, but all there is
    face.candidate.reset();
  }
  damaged.start = face.latent;
  if (frame_ - face.guessed < kLongestPriorSample) damaged.prior_sample = face.prior_sample;
  const std::optional<Look>& look = face.best_look();
  if (!look) return;
  damaged.reference = at_side(look->crop, damaged.crop.width);
  damaged.known = at_side(look->known, damaged.crop.width);
}

void FaceMemory::keep_start(Face& face, int64_t frame, const DamagedFace& damaged,
                            const RepairedFace& repaired) {
  face.latent = repaired.latent;
  if (damaged.prior_sample.empty()) {
    face.prior_sample = repaired.prior_sample;
    face.guessed = frame;
  }
  face.last_seen = std::max(face.last_seen, frame);
  face.learned = frame;
}

FaceMemory::Look FaceMemory::look_of(const DamagedFace& damaged, const Image& seen,
                                     const RepairedFace& repaired, int64_t frame) {
  Look look{repaired.repaired, seen, frame};
  if (repaired.match.confidence.empty()) return look;
  const Image confidence = at_side(repaired.match.confidence, damaged.crop.width);
  for (size_t i = 0; i < look.known.pixels.size(); ++i)
    if (damaged.hole.pixels[i] != 0 && confidence.pixels[i] > kTrusted) look.known.pixels[i] = 255;
  return look;
}

bool FaceMemory::learn_look(Face& face, int64_t frame, const DamagedFace& damaged,
                            const Image& inside, const RepairedFace& repaired) {
  bool is_new = !knew_memory(face, frame);
  if (!face.memory) promote_candidate(face, frame);  // which recall() gave already
  const Image seen = seen_part(damaged, inside);
  const ReferenceMatch& match = repaired.match;
  // Frames that were begun have recalled what was known before.
  const int64_t next = frame_ + 1;
  const bool same_side = repaired.repaired.width == damaged.crop.width;
  if (same_side && share_of(damaged.hole) < kSpecks) {
    if (face.candidate && frame - face.candidate->frame >= kProbation) {
      promote_candidate(face, next);
      is_new = true;
    }
    if (!face.candidate) face.candidate = look_of(damaged, seen, repaired, frame);
  }
  if (!face.memory) {
    remember(face, Look{damaged.crop, seen, frame}, next);
    return true;
  }
  // The match is with what was remembered before, and places nothing in a new look.
  if (is_new || match.flow.empty()) return is_new;
  if (!knows_all(face.memory->known))
    extend(face.memory->crop, face.memory->known, damaged.crop, seen, match);
  const bool has_turned_away =
      frame - face.memory->frame > kLongestLook && mean_flow(match) > kMoved && same_side;
  if (!has_turned_away) return false;
  remember(face, look_of(damaged, seen, repaired, frame), next);
  return true;
}

void FaceMemory::learn(uint32_t id, int64_t frame, const DamagedFace& damaged, const Image& inside,
                       RepairedFace& repaired) {
  Face* const known = face_of(id);
  if (known == nullptr || repaired.failed || frame < known->learned) return;
  Face& face = *known;
  const int64_t before = face.learned;
  keep_start(face, frame, damaged, repaired);
  if (inside.empty()) return;  // a search remembers its z alone
  if (face.seen_clean > frame) return;
  if (knew_memory(face, frame) && repaired.match.mismatch > kStranger) {
    faces_.erase(id);
    return;
  }
  if (!face.last.empty() && before + kSteadyReach >= frame && before > face.seen_clean)
    steady(face.last, face.last_match, damaged.hole, repaired);
  repaired.repaired = repair::blend_images(at_side(damaged.crop, repaired.completion.width),
                                           repaired.completion, repaired.alpha);
  const bool is_new_look = learn_look(face, frame, damaged, inside, repaired);
  face.last = repaired.completion;
  // A match with a look that is no longer the memory says nothing of the next one.
  face.last_match = is_new_look ? ReferenceMatch() : repaired.match;
}

bool FaceMemory::has_fallback(uint32_t id) const {
  const auto found = faces_.find(id);
  return found != faces_.end() && (!found->second.last.empty() || found->second.best_look());
}

RepairedFace FaceMemory::fallback(uint32_t id, const DamagedFace& damaged,
                                  const RepairOptions& options) {
  RepairedFace result;
  if (!has_fallback(id)) return result;
  Face& face = faces_.at(id);
  face.last_seen = frame_;
  const int side = damaged.crop.width;
  const std::optional<Look>& look = face.best_look();
  result.completion = at_side(face.last.empty() ? look->crop : face.last, side);
  if (options.blend == Blend::kNone || repair::has_soft_edges(damaged.hole))
    result.alpha = damaged.hole;
  else  // which may look different where it begins
    result.alpha = repair::blend_alpha(damaged.hole, Blend::kFeather,
                                       std::max(options.feather_px, options.guard_px) * side / 128);
  if (!face.last.empty()) return result;
  const Image known = at_side(look->known, side);
  for (size_t i = 0; i < known.pixels.size(); ++i)
    if (known.pixels[i] != 255) result.alpha.pixels[i] = 0;
  return result;
}

size_t FaceMemory::bytes() const {
  size_t bytes = 0;
  for (const auto& [id, face] : faces_) {
    bytes += face.last.pixels.size() + face.prior_sample.pixels.size();
    for (const auto* look : {&face.memory, &face.candidate})
      if (*look) bytes += (*look)->crop.pixels.size() + (*look)->known.pixels.size();
  }
  return bytes;
}

}  // namespace ganface
