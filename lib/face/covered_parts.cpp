// SPDX-License-Identifier: MIT
// Owns which parts of a face something covers, and their steadiness in time.
#include "face/covered_parts.h"

#include <ganface/holes.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "face/head_masks.h"

namespace ganface::face {
namespace {

constexpr float kLeastShare = 0.35f;  // of a change that is taken on in a frame
constexpr float kHardly = 0.08f;  // covered, too, with something large before a face seen before
constexpr float kStill = 0.08f;   // likewise, where something perhaps was a frame ago
constexpr int kLarge = 550;       // pixels
constexpr int kOverlap = 12;      // pixels that two frames' occluders share if they are one

Image at_least(const std::vector<float>& all, float least) {
  return mask_where(
      [shares = all.data(), least = 255 * least](size_t i) { return shares[i] >= least; });
}

// The connected parts of what is covered by `perhaps` or more in which `least` pixels of the face
// are surely covered (Canny 1986).
Image parts_with(const std::vector<float>& shares, float perhaps, const Image& sure, int least) {
  const MaskParts parts(at_least(shares, perhaps));
  std::vector<int> counts(parts.count);
  const int* numbers = parts.numbers();
  const uint8_t* is_sure = sure.pixels.data();
  for (size_t i = 0; i < kMaskPixels; ++i)
    counts[static_cast<size_t>(numbers[i])] += is_sure[i] != 0;
  counts[0] = 0;  // in no part
  return mask_where([numbers, counts = counts.data(), least](size_t i) {
    return numbers[i] != 0 && counts[numbers[i]] >= least;
  });
}

}  // namespace

void CoveredParts::take(const HeadSegmentation& head, const Image& outline, OccluderKinds kinds,
                        const Thresholds& thresholds, bool was_seen) {
  std::vector<float> before = shares_;
  before.resize(kMaskPixels);
  smooth(head, kinds);
  Image sure = surely_covered(outline, thresholds);
  const Image begins = with_what_stays(sure, thresholds.stays);
  Image parts = parts_with(shares_, kPerhaps, begins, thresholds.least);
  if (thresholds.looks_twice) parts = seen_twice(parts);
  if (was_seen && !is_empty(parts)) parts = reaching_farther(parts, before);
  sure_ = std::move(sure);
  parts_ = std::move(parts);
}

void CoveredParts::forget() {
  shares_.clear();
  sure_ = parts_ = {};
}

void CoveredParts::smooth(const HeadSegmentation& head, OccluderKinds kinds) {
  const bool is_first = shares_.empty();
  shares_.resize(kMaskPixels);
  const std::vector<uint16_t> asked = covered_shares(head, kinds);
  for (size_t i = 0; i < kMaskPixels; ++i) {
    const float change = static_cast<float>(asked[i]) - shares_[i];
    shares_[i] += is_first ? change : change * std::min(1.f, kLeastShare + std::abs(change) / 255);
  }
}

// The oval's own edge is doubtful: beside a cheek it may hold some of the room.
Image CoveredParts::surely_covered(const Image& outline, const Thresholds& thresholds) const {
  const Image outside =
      dilate(mask_where([pixels = outline.pixels.data()](size_t i) { return pixels[i] < kInside; }),
             thresholds.margin);
  return mask_where(
      [shares = shares_.data(), outside = outside.pixels.data(),
       least = 255 * thresholds.sure](size_t i) { return shares[i] >= least && outside[i] == 0; });
}

// What was covered stays so for as long as it perhaps is.
Image CoveredParts::with_what_stays(const Image& sure, float stays) const {
  if (parts_.empty()) return sure;
  return mask_where([shares = shares_.data(), sure = sure.pixels.data(),
                     before = parts_.pixels.data(), least = 255 * stays](size_t i) {
    return sure[i] != 0 || (before[i] != 0 && shares[i] >= least);
  });
}

// The parts of which something was covered a frame ago.
Image CoveredParts::seen_twice(const Image& parts) const {
  const Image nothing(kMaskSide, kMaskSide, 1);
  const auto earlier = [&](const Image& mask) {
    return (mask.empty() ? nothing : mask).pixels.data();
  };
  const Image was =
      mask_where([parts = parts.pixels.data(), sure = earlier(sure_), before = earlier(parts_)](
                     size_t i) { return parts[i] != 0 && (sure[i] != 0 || before[i] != 0); });
  const std::vector<float> as_shares(parts.pixels.begin(), parts.pixels.end());
  return parts_with(as_shares, 1, was, kOverlap);
}

// Around something large in front of a face that was seen before little certainty is enough: a
// finger left out stays in the picture, and a bit of face too much comes back as it was.
Image CoveredParts::reaching_farther(const Image& parts, const std::vector<float>& before) const {
  const Image still = mask_where(
      [shares = shares_.data(), before = before.data(), parts = parts.pixels.data()](size_t i) {
        return parts[i] != 0 || (before[i] >= 255 * kPerhaps && shares[i] >= 255 * kStill);
      });
  const Image farther = parts_with(shares_, kHardly, still, kLarge);
  return mask_where([parts = parts.pixels.data(), farther = farther.pixels.data()](size_t i) {
    return parts[i] != 0 || farther[i] != 0;
  });
}

}  // namespace ganface::face
