// SPDX-License-Identifier: MIT
// Owns how the hole follows from what covers a face: part by part, by what kind each is of.
#include "face/occluder_hole.h"

#include <ganface/holes.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "face/face_outline.h"
#include "face/head_masks.h"

namespace ganface::face {
namespace {

constexpr int kGap = 150;                 // pixels
constexpr int kClothEdge = 3, kEdge = 1;  // pixels that holes grow by
constexpr int kOvalEdge = 2;              // pixels that a hole may reach beyond the face's outline
// What covers this much of the face's lower half, and no more than that of its upper one, lies
// where medical masks are worn: their share counts for more then.
constexpr double kMostOfLower = 0.6, kLittleOfUpper = 0.35, kWornThere = 1.5;

using PartKinds = std::vector<std::optional<OccluderKind>>;

// What there is of each part of a mask inside the face's outline.
struct PartSums {
  std::vector<std::array<double, kOccluderKindCount>> kinds;  // sums of their shares
  std::vector<int64_t> upper, lower;                          // pixels of each; of all in [0]

  PartSums(const MaskParts& parts, const Image& covered, const HeadSegmentation& head,
           const Image& outline)
      : kinds(parts.count), upper(parts.count), lower(parts.count) {
    const int middle = middle_row(outline);
    for (size_t i = 0; i < kMaskPixels; ++i) {
      if (outline.pixels[i] < kInside) continue;
      std::vector<int64_t>& half = static_cast<int>(i / kMaskSide) < middle ? upper : lower;
      ++half[0];
      if (covered.pixels[i] == 0) continue;
      const size_t part = parts.at(i);
      ++half[part];
      for (size_t k = 0; k < head.kinds.size(); ++k) kinds[part][k] += head.kinds[k].pixels[i];
    }
  }

  bool lies_where_masks_are_worn(size_t part) const {
    const auto share = [part](const std::vector<int64_t>& half) {
      return static_cast<double>(half[part]) / static_cast<double>(std::max<int64_t>(half[0], 1));
    };
    return share(lower) >= kMostOfLower && share(upper) <= kLittleOfUpper;
  }
};

// What each part is; nothing for what lies beside the face.
PartKinds kinds_of(const PartSums& sums) {
  PartKinds kinds(sums.kinds.size());
  for (size_t part = 1; part < kinds.size(); ++part) {
    auto shares = sums.kinds[part];
    if (sums.lies_where_masks_are_worn(part))
      shares[static_cast<size_t>(OccluderKind::kMedicalMask)] *= kWornThere;
    const auto most = std::max_element(shares.begin(), shares.end());
    if (*most != 0) kinds[part] = static_cast<OccluderKind>(most - shares.begin());
  }
  return kinds;
}

// A mask of the parts for whose kinds is_among(kind) holds.
template <typename IsAmong>
Image parts_of_kind(const MaskParts& parts, const PartKinds& kinds, IsAmong is_among) {
  std::vector<uint8_t> are(parts.count);
  for (size_t part = 1; part < parts.count; ++part)
    are[part] = kinds[part] && is_among(*kinds[part]);
  return mask_where(
      [numbers = parts.numbers(), are = are.data()](size_t i) { return are[numbers[i]] != 0; });
}

// Fills small gaps: an occluder's own light spots.
void fill_gaps(Image& hole) {
  const MaskParts parts(
      mask_where([pixels = hole.pixels.data()](size_t i) { return pixels[i] == 0; }));
  std::vector<int> areas(parts.count);
  const int* numbers = parts.numbers();
  for (size_t i = 0; i < kMaskPixels; ++i) ++areas[static_cast<size_t>(numbers[i])];
  areas[0] = 0;  // the hole itself
  hole = mask_where([numbers, areas = areas.data()](size_t i) { return areas[numbers[i]] < kGap; });
}

}  // namespace

OccluderHole hole_of(const Image& covered, const HeadSegmentation& head, const Image& outline,
                     OccluderKinds asked) {
  const MaskParts parts(covered);
  const PartKinds kinds = kinds_of(PartSums(parts, covered, head, outline));
  OccluderHole result;
  for (const std::optional<OccluderKind>& kind : kinds)
    if (kind) result.kinds |= bit_of(*kind);
  const auto is_mask = [](OccluderKind kind) { return kind == OccluderKind::kMedicalMask; };
  const auto is_asked = [asked](OccluderKind kind) { return (asked & bit_of(kind)) != 0; };
  // An occluder's edge bleeds into what is beside it; a rim of cloth would stay about the face.
  const Image worn = dilate(
      parts_of_kind(parts, kinds, [&](auto kind) { return is_asked(kind) && is_mask(kind); }),
      kClothEdge);
  const Image held = dilate(
      parts_of_kind(parts, kinds, [&](auto kind) { return is_asked(kind) && !is_mask(kind); }),
      kEdge);
  const Image oval = dilate(
      mask_where([pixels = outline.pixels.data()](size_t i) { return pixels[i] >= kInside; }),
      kOvalEdge);
  result.hole =
      mask_where([worn = worn.pixels.data(), held = held.pixels.data(), oval = oval.pixels.data()](
                     size_t i) { return worn[i] != 0 || (held[i] != 0 && oval[i] != 0); });
  fill_gaps(result.hole);
  return result;
}

}  // namespace ganface::face
