// SPDX-License-Identifier: MIT
// Owns what is remembered of each face of a video from frame to frame.
#include <ganface/face_memory.h>
#include <ganface/holes.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "repair/blend.h"
#include "repair/damage.h"

namespace ganface {
namespace {

using repair::at_side;

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
// Of a frame's repair, how much the last one stays where both show the same, and of 255 the
// difference at which that has fallen to a third.
constexpr float kSteadiness = 0.93f, kChange = 40;

// Light changes slowly: more from one frame to the next is the match's error, and would add up.
constexpr float kLightStep = 1.03f, kShadeStep = 3;  // gain, and levels of 255

constexpr size_t kCells = size_t{ReferenceMatch::kCells} * ReferenceMatch::kCells;

// A place of the crop (sides) on a match's grid, for bilinear interpolation.
struct GridPlace {
  size_t cell;  // upper left of the four
  float fx, fy;

  GridPlace(float x, float y) {
    constexpr int kSide = ReferenceMatch::kCells;
    const auto clamped = [](float place) {
      return std::clamp(place * kSide - 0.5f, 0.f, static_cast<float>(kSide - 1));
    };
    const float u = clamped(x), v = clamped(y);
    const int left = std::min(static_cast<int>(u), kSide - 2);
    const int top = std::min(static_cast<int>(v), kSide - 2);
    cell = static_cast<size_t>(top * kSide + left);
    fx = u - static_cast<float>(left);
    fy = v - static_cast<float>(top);
  }
  float mix(float a, float b, float c, float d) const {
    return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy;
  }
  float of(const float* field) const {
    const float* upper = field + cell;
    const float* lower = upper + ReferenceMatch::kCells;
    return mix(upper[0], upper[1], lower[0], lower[1]);
  }
};

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

double mean_flow(const ReferenceMatch& match) {
  double sum = 0;
  for (size_t i = 0; i < kCells; ++i)
    sum += std::hypot(match.flow[i], match.flow[i + kCells]) / kCells;
  return sum;
}

// A value that changes evenly over the crop (sides).
struct Plane {
  float middle = 0, along_x = 0, along_y = 0;

  float at(float x, float y) const { return middle + along_x * (x - 0.5f) + along_y * (y - 0.5f); }
};

// The planes that come nearest to fields of a match's cells. From one frame to the next a face
// moves nearly as a whole, and what is noise in the cells would shake what is carried on.
template <size_t kFields>
std::array<Plane, kFields> planes_of(const std::vector<std::array<float, kFields>>& fields) {
  constexpr int kSide = ReferenceMatch::kCells;
  std::array<Plane, kFields> planes;
  float squares = 0;
  for (int v = 0; v < kSide; ++v)
    for (int u = 0; u < kSide; ++u) {
      const float x = (static_cast<float>(u) + 0.5f) / kSide - 0.5f;
      const float y = (static_cast<float>(v) + 0.5f) / kSide - 0.5f;
      const auto& cell = fields[static_cast<size_t>(v * kSide + u)];
      squares += x * x;
      for (size_t i = 0; i < kFields; ++i) {
        planes[i].middle += cell[i] / kCells;
        planes[i].along_x += x * cell[i];
        planes[i].along_y += y * cell[i];
      }
    }
  for (Plane& plane : planes) {
    plane.along_x /= squares;
    plane.along_y /= squares;
  }
  return planes;
}

// A place between pixels along an axis, for cubic interpolation (Keys 1981): what is moved a little
// in every frame must not get softer each time.
struct CubicPlace {
  std::array<int, 4> pixels;
  std::array<float, 4> weights;

  CubicPlace(float place, int side) {
    const float clamped = std::clamp(place, 0.f, static_cast<float>(side - 1));
    const int first = static_cast<int>(clamped) - 1;
    const float f = clamped - static_cast<float>(first + 1), g = 1 - f;
    for (int i = 0; i < 4; ++i) pixels[static_cast<size_t>(i)] = std::clamp(first + i, 0, side - 1);
    weights = {-0.5f * f * g * g, 1 + f * f * (1.5f * f - 2.5f), 1 + g * g * (1.5f * g - 2.5f),
               -0.5f * g * f * f};
  }
};

// The last completion as it would look now: moved and relit as the face was since, which its
// matches with the same reference tell. Without matches it stays as it is.
Image carried_on(const Image& last, const ReferenceMatch& then, const ReferenceMatch& now,
                 const Image& where) {
  if (then.flow.empty() || now.flow.empty()) return last;
  // The way back to the last frame (x, y), then gain and offset of each colour.
  std::vector<std::array<float, 8>> fields(kCells);
  for (size_t cell = 0; cell < kCells; ++cell) {
    for (size_t axis = 0; axis < 2; ++axis)
      fields[cell][axis] = now.flow[axis * kCells + cell] - then.flow[axis * kCells + cell];
    for (size_t c = 0; c < 3; ++c) {
      const size_t i = c * kCells + cell;
      const float gain = std::clamp(now.gain[i] / then.gain[i], 1 / kLightStep, kLightStep);
      fields[cell][2 + c] = gain;
      // What the light does to a middle grey, and nothing else, moves the offset.
      const float grey =
          std::clamp((now.offset[i] - gain * then.offset[i]) * 127.5f, -kShadeStep, kShadeStep);
      fields[cell][5 + c] = (1 - gain) * 127.5f + grey;
    }
  }
  const std::array<Plane, 8> planes = planes_of(fields);
  Image carried = last;
  const int side = last.width;
  const auto length = static_cast<float>(side);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      if (where.row(y)[x] == 0) continue;
      std::array<float, 8> field;
      for (size_t i = 0; i < field.size(); ++i)
        field[i] = planes[i].at((static_cast<float>(x) + 0.5f) / length,
                                (static_cast<float>(y) + 0.5f) / length);
      const CubicPlace across(static_cast<float>(x) + field[0] * length, side);
      const CubicPlace down(static_cast<float>(y) + field[1] * length, side);
      for (int c = 0; c < 3; ++c) {
        float value = 0;
        for (size_t v = 0; v < 4; ++v) {
          const uint8_t* row = last.row(down.pixels[v]) + c;
          float sum = 0;
          for (size_t u = 0; u < 4; ++u)
            sum += across.weights[u] * static_cast<float>(row[3 * across.pixels[u]]);
          value += down.weights[v] * sum;
        }
        const auto colour = static_cast<size_t>(c);
        carried.row(y)[3 * x + c] = static_cast<uint8_t>(
            std::clamp(value * field[2 + colour] + field[5 + colour] + 0.5f, 0.f, 255.f));
      }
    }
  return carried;
}

// Mixes the last completion into the repair where both show about the same.
void steady(const Image& last_completion, const ReferenceMatch& last_match, const Image& whole_hole,
            RepairedFace& repaired) {
  const int side = repaired.completion.width;
  const Image hole = at_side(whole_hole, side);
  const Image last = carried_on(at_side(last_completion, side), last_match, repaired.match, hole);
  // How much each part has changed, seen coarsely, so that noise does not count.
  constexpr int kCoarse = 32;
  const Image before = resize(last.view(), kCoarse, kCoarse);
  const Image now = resize(repaired.completion.view(), kCoarse, kCoarse);
  Image share(kCoarse, kCoarse, 1);
  for (size_t i = 0; i < share.pixels.size(); ++i) {
    int difference = 0;
    for (size_t c = 0; c < 3; ++c)
      difference = std::max(difference, std::abs(before.pixels[3 * i + c] - now.pixels[3 * i + c]));
    const float step = static_cast<float>(difference) / kChange;
    share.pixels[i] = static_cast<uint8_t>(255 * kSteadiness * std::exp(-step * step));
  }
  const Image shares = resize(share.view(), side, side);
  for (size_t i = 0; i < shares.pixels.size(); ++i) {
    if (hole.pixels[i] == 0) continue;
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& pixel = repaired.completion.pixels[3 * i + c];
      const int mixed =
          pixel * (255 - shares.pixels[i]) + last.pixels[3 * i + c] * shares.pixels[i];
      pixel = static_cast<uint8_t>((mixed + 127) / 255);
    }
  }
}

// Adds to a look what comes to light of it in a crop that it was matched with.
void extend(Image& look, Image& known, const Image& crop, const Image& seen,
            const ReferenceMatch& match) {
  const int side = look.width;
  if (side != crop.width || match.flow.empty()) return;
  const auto length = static_cast<float>(side);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      if (known.row(y)[x] != 0) continue;
      // The crop's place that shows this part of the memory: the way back, which is smooth.
      const float u = (static_cast<float>(x) + 0.5f) / length;
      const float v = (static_cast<float>(y) + 0.5f) / length;
      const GridPlace here(u, v);
      const float there_u = u - here.of(match.flow.data());
      const float there_v = v - here.of(match.flow.data() + kCells);
      const int column = static_cast<int>(std::floor(there_u * length));
      const int row = static_cast<int>(std::floor(there_v * length));
      if (column < 0 || row < 0 || column >= side || row >= side || seen.row(row)[column] == 0)
        continue;
      const GridPlace there(there_u, there_v);
      for (int c = 0; c < 3; ++c) {
        const size_t channel = static_cast<size_t>(c) * kCells;
        const float gain = there.of(match.gain.data() + channel);
        const float offset = there.of(match.offset.data() + channel);
        const float value = static_cast<float>(crop.row(row)[3 * column + c]) / 127.5f - 1;
        look.row(y)[3 * x + c] = static_cast<uint8_t>(
            std::clamp(((value - offset) / gain + 1) * 127.5f + 0.5f, 0.f, 255.f));
      }
      known.row(y)[x] = 255;
    }
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

void FaceMemory::learn(uint32_t id, int64_t frame, const DamagedFace& damaged, const Image& inside,
                       RepairedFace& repaired) {
  Face* const known = face_of(id);
  if (known == nullptr || repaired.failed || frame < known->learned) return;
  Face& face = *known;
  face.latent = repaired.latent;
  if (damaged.prior_sample.empty()) {
    face.prior_sample = repaired.prior_sample;
    face.guessed = frame;
  }
  face.last_seen = std::max(face.last_seen, frame);
  const int64_t before = std::exchange(face.learned, frame);
  if (inside.empty()) return;  // a search remembers its z alone
  if (face.seen_clean > frame) return;
  // Otherwise the repair tells of a look that is no longer the memory.
  const bool of_memory = face.remembered <= frame;
  if (of_memory && repaired.match.mismatch > kStranger) {
    faces_.erase(id);
    return;
  }
  if (!face.last.empty() && before + kSteadyReach >= frame && before > face.seen_clean)
    steady(face.last, face.last_match, damaged.hole, repaired);
  repaired.repaired = repair::blend_images(at_side(damaged.crop, repaired.completion.width),
                                           repaired.completion, repaired.alpha);
  const Image seen = seen_part(damaged, inside);
  const ReferenceMatch& match = repaired.match;
  // What is seen now, and where the memory was trusted.
  const auto look_now = [&] {
    Look look{repaired.repaired, seen, frame};
    if (match.confidence.empty()) return look;
    const Image confidence = at_side(match.confidence, damaged.crop.width);
    for (size_t i = 0; i < look.known.pixels.size(); ++i)
      if (damaged.hole.pixels[i] != 0 && confidence.pixels[i] > kTrusted)
        look.known.pixels[i] = 255;
    return look;
  };
  bool new_look = !of_memory;
  if (!face.memory) promote_candidate(face, frame);  // which recall() gave already
  // Frames that were begun have recalled what was known before.
  const int64_t next = frame_ + 1;
  const bool same_side = repaired.repaired.width == damaged.crop.width;
  if (same_side && share_of(damaged.hole) < kSpecks) {
    if (face.candidate && frame - face.candidate->frame >= kProbation) {
      promote_candidate(face, next);
      new_look = true;
    }
    if (!face.candidate) face.candidate = look_now();
  }
  if (!face.memory) {
    remember(face, Look{damaged.crop, seen, frame}, next);
    new_look = true;
  } else if (of_memory && !match.flow.empty()) {
    if (!knows_all(face.memory->known))
      extend(face.memory->crop, face.memory->known, damaged.crop, seen, match);
    // The face has turned away from that look.
    if (frame - face.memory->frame > kLongestLook && mean_flow(match) > kMoved && same_side) {
      remember(face, look_now(), next);
      new_look = true;
    }
  }
  face.last = repaired.completion;
  // A match with a look that is no longer the memory says nothing of the next one.
  face.last_match = new_look ? ReferenceMatch() : repaired.match;
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
