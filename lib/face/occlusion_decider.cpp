// SPDX-License-Identifier: MIT
// Owns the decision what of a face is to be repaired, and its steadiness in time.
#include "face/occlusion_decider.h"

#include <ganface/holes.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "models/face_network_sizes.h"

namespace ganface::face {
namespace {

constexpr int kSize = OcclusionSegmenter::kSize;
constexpr size_t kPixels = size_t{kSize} * kSize;
constexpr double kCanonicalSide = kSize / nn::kHeadSpan;  // pixels

constexpr float kLeastShare = 0.35f;  // of a change that is taken on in a frame
constexpr float kPerhaps = 0.3f;      // covered, too, where it hangs together with what surely is
constexpr float kHardly = 0.08f;      // likewise, with something large before a face seen before
constexpr float kStill = 0.08f;       // likewise, where something perhaps was a frame ago
constexpr int kSpeck = 100;  // pixels of something else than was asked for; fewer are nothing
constexpr int kLarge = 550;  // pixels
constexpr int kGap = 150;    // pixels
constexpr int kClothEdge = 3, kEdge = 1;  // pixels that holes grow by
constexpr int kOvalEdge = 2;              // pixels that a hole may reach beyond the face's outline
// What covers this much of the face's lower half, and no more than that of its upper one, lies
// where medical masks are worn: their share counts for more then.
constexpr double kMostOfLower = 0.6, kLittleOfUpper = 0.35, kWornThere = 1.5;
constexpr int kOverlap = 12;  // pixels that two frames' occluders share if they are one

constexpr OccluderKinds kAllKinds = (1u << kOccluderKindCount) - 1;
constexpr uint8_t kInside = 128;                      // of 255: of the oval
constexpr double kLeastOval = 0.3, kMostOval = 1.35;  // of the canonical crop's area
constexpr double kFarOval = 0.2;  // canonical sides from the crop's middle to the oval's
// An outline that the network is not sure of, beside what covers it, is a profile's or no face's.
constexpr uint8_t kSurelyOutside = 25, kSurelyInside = 230;  // of 255
constexpr double kMostVague = 0.55;                          // of the oval's area
constexpr double kStillFace = 0.2;  // of the least certainty, for what was a face a frame ago
constexpr int kDistrust = 45;       // frames that a video's face must be one after it was doubtful
constexpr int kStrange = 15;        // the same for one that came covered
// The pose of profiles is underestimated, and the detector is less sure of them.
constexpr double kMaybeProfile = 25;  // degrees
constexpr double kOfProfiles = 0.9;   // of the detector's being sure
constexpr double kSamePose = 12;      // degrees of yaw within which an outline is the same
constexpr int kCovers = 128;          // of 255: more likely covered than not
constexpr double kYawMargin = 5;      // degrees by which a head turns back to be repaired again

// How sure the networks must be.
struct Thresholds {
  double face;       // of a crop's being one, where a medical mask may hide most of it
  double surely;     // the same where the detector is not sure either
  double plainly;    // the same where anything else covers it
  double score;      // of the detector's being sure
  float sure;        // that a pixel is covered, for a hole to begin
  float stays;       // that one still is that was a frame ago
  int margin;        // pixels of the oval's edge in which no hole begins
  int least;         // pixels that are surely covered, for a hole to begin
  bool looks_twice;  // before it takes a face for covered
};
// A video has time to wait for a better look; a photograph has not. Of 770 clean portraits 2 are
// taken for covered with these figures, of 25 covered ones 16.
Thresholds thresholds_of(Caution caution, bool is_video) {
  switch (caution) {
    case Caution::kNone:
      return {0, 0, 0, 0, 0.45f, 0.3f, 0, 40, false};
    case Caution::kHigh:
      return {0.99, 0.99, 0.99, 0.85, 0.9f, 0.6f, 5, 100, true};
    case Caution::kNormal:
      break;
  }
  return is_video ? Thresholds{0.97, 0.97, 0.97, 0, 0.75f, 0.45f, 5, 100, true}
                  : Thresholds{0.25, 0.95, 0.97, 0.78, 0.85f, 0.45f, 3, 40, true};
}

// Whether the crop shows a face where it should: an outline about as large and as central as a
// face's, of which the network is sure.
bool is_face(const HeadSegmentation& head, const Thresholds& thresholds) {
  if (head.face < thresholds.face) return false;
  if (thresholds.face <= 0) return true;
  double area = 0, vague = 0, x_sum = 0, y_sum = 0;
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      const uint8_t oval = head.oval.row(y)[x];
      const auto i = static_cast<size_t>(y) * kSize + static_cast<size_t>(x);
      if (oval > kSurelyOutside && oval < kSurelyInside)
        vague += covered_share(head, i, kAllKinds) < 255 * kPerhaps;
      if (oval < kInside) continue;
      ++area;
      x_sum += x + 0.5;
      y_sum += y + 0.5;
    }
  const double share = area / (kCanonicalSide * kCanonicalSide);
  if (share < kLeastOval || share > kMostOval || vague > kMostVague * area) return false;
  return std::hypot(x_sum / area - kSize / 2.0, y_sum / area - kSize / 2.0) <
         kFarOval * kCanonicalSide;
}

// The parts of a mask that hang together.
struct Parts {
  cv::Mat labels;
  size_t count;  // with what is in none, which is number 0

  explicit Parts(const Image& mask) {
    const cv::Mat pixels(mask.height, mask.width, CV_8UC1,
                         const_cast<uint8_t*>(mask.pixels.data()));
    count = static_cast<size_t>(cv::connectedComponents(pixels, labels, 8));
  }
  size_t at(size_t i) const { return static_cast<size_t>(labels.ptr<int>()[i]); }
};

// A mask of the pixels for which is_set(i) holds. What it reads is best reached by pointers: a byte
// that is written might be any of an image's fields, which would be read again for each.
template <typename IsSet>
Image mask_where(IsSet is_set) {
  Image mask(kSize, kSize, 1);
  uint8_t* pixels = mask.pixels.data();
  for (size_t i = 0; i < kPixels; ++i) pixels[i] = is_set(i) ? 255 : 0;
  return mask;
}

Image at_least(const std::vector<float>& all, float least) {
  return mask_where(
      [shares = all.data(), least = 255 * least](size_t i) { return shares[i] >= least; });
}

// Like covered_share(), of all pixels.
std::vector<uint16_t> covered_shares(const HeadSegmentation& head, OccluderKinds kinds) {
  std::vector<uint16_t> all(kPixels);
  uint16_t* sums = all.data();
  for (size_t k = 0; k < head.kinds.size(); ++k) {
    if ((kinds & bit_of(static_cast<OccluderKind>(k))) == 0) continue;
    const uint8_t* shares = head.kinds[k].pixels.data();
    for (size_t i = 0; i < kPixels; ++i) sums[i] = static_cast<uint16_t>(sums[i] + shares[i]);
  }
  return all;
}

// The connected parts of what is covered by `perhaps` or more in which `least` pixels of the face
// are surely covered (Canny 1986).
Image parts_with(const std::vector<float>& shares, float perhaps, const Image& sure, int least) {
  const Parts parts(at_least(shares, perhaps));
  std::vector<int> counts(parts.count);
  const int* labels = parts.labels.ptr<int>();
  const uint8_t* is_sure = sure.pixels.data();
  for (size_t i = 0; i < kPixels; ++i) counts[static_cast<size_t>(labels[i])] += is_sure[i] != 0;
  counts[0] = 0;  // in no part
  return mask_where([labels, counts = counts.data(), least](size_t i) {
    return labels[i] != 0 && counts[labels[i]] >= least;
  });
}

// Fills small gaps: an occluder's own light spots.
void fill_gaps(Image& hole) {
  const Parts parts(mask_where([pixels = hole.pixels.data()](size_t i) { return pixels[i] == 0; }));
  std::vector<int> areas(parts.count);
  const int* labels = parts.labels.ptr<int>();
  for (size_t i = 0; i < kPixels; ++i) ++areas[static_cast<size_t>(labels[i])];
  areas[0] = 0;  // the hole itself
  hole = mask_where([labels, areas = areas.data()](size_t i) { return areas[labels[i]] < kGap; });
}

// The row at half the height of the face's outline.
int middle_row(const Image& outline) {
  int first = kSize, last = 0;
  for (int y = 0; y < kSize; ++y) {
    const uint8_t* row = outline.row(y);
    if (std::none_of(row, row + kSize, [](uint8_t pixel) { return pixel >= kInside; })) continue;
    first = std::min(first, y);
    last = y;
  }
  return (first + last + 1) / 2;
}

// Whether enough of the face's upper half is to be seen that a mask alone may cover the rest.
bool shows_eyes(const Image& hole, const Image& outline) {
  constexpr double kMostCovered = 0.38;  // 19 in 20 people with masks
  int all = 0, covered = 0;
  const int middle = middle_row(outline);
  for (int y = 0; y < middle; ++y)
    for (int x = 0; x < kSize; ++x) {
      if (outline.row(y)[x] < kInside) continue;
      ++all;
      covered += hole.row(y)[x] != 0;
    }
  return covered <= kMostCovered * all;
}

// Decides part by part what of it is repaired: a medical mask as a whole, anything else inside
// the face's outline.
Image hole_of(const Image& covered, const HeadSegmentation& head, const Image& outline,
              OccluderKinds& kinds, OccluderKinds asked) {
  const Parts parts(covered);
  const int middle = middle_row(outline);
  std::vector<std::array<double, kOccluderKindCount>> sums(parts.count);
  std::vector<int64_t> upper(parts.count), lower(parts.count);  // pixels of each; of all in [0]
  for (size_t i = 0; i < kPixels; ++i) {
    if (outline.pixels[i] < kInside) continue;
    std::vector<int64_t>& half = static_cast<int>(i / kSize) < middle ? upper : lower;
    ++half[0];
    if (covered.pixels[i] == 0) continue;
    ++half[parts.at(i)];
    for (size_t k = 0; k < head.kinds.size(); ++k) sums[parts.at(i)][k] += head.kinds[k].pixels[i];
  }
  std::vector<std::optional<OccluderKind>> kind(parts.count);
  for (size_t part = 1; part < parts.count; ++part) {
    const auto share = [part](const std::vector<int64_t>& half) {
      return static_cast<double>(half[part]) / static_cast<double>(std::max<int64_t>(half[0], 1));
    };
    if (share(lower) >= kMostOfLower && share(upper) <= kLittleOfUpper)
      sums[part][static_cast<size_t>(OccluderKind::kMedicalMask)] *= kWornThere;
    const auto most = std::max_element(sums[part].begin(), sums[part].end());
    if (*most == 0) continue;
    kind[part] = static_cast<OccluderKind>(most - sums[part].begin());
    kinds |= bit_of(*kind[part]);
  }
  const Image oval = dilate(
      mask_where([pixels = outline.pixels.data()](size_t i) { return pixels[i] >= kInside; }),
      kOvalEdge);
  // An occluder's edge bleeds into what is beside it; a rim of cloth would stay about the face.
  std::vector<uint8_t> is_worn(parts.count), is_held(parts.count);
  for (size_t part = 1; part < parts.count; ++part) {
    const bool is_asked = kind[part] && (asked & bit_of(*kind[part])) != 0;
    is_worn[part] = is_asked && *kind[part] == OccluderKind::kMedicalMask;
    is_held[part] = is_asked && *kind[part] != OccluderKind::kMedicalMask;
  }
  const auto parts_that = [&](const std::vector<uint8_t>& are) {
    return mask_where([labels = parts.labels.ptr<int>(), are = are.data()](size_t i) {
      return are[labels[i]] != 0;
    });
  };
  const Image worn = dilate(parts_that(is_worn), kClothEdge);
  const Image held = dilate(parts_that(is_held), kEdge);
  Image hole =
      mask_where([worn = worn.pixels.data(), held = held.pixels.data(), oval = oval.pixels.data()](
                     size_t i) { return worn[i] != 0 || (held[i] != 0 && oval[i] != 0); });
  fill_gaps(hole);
  return hole;
}

}  // namespace

int covered_share(const HeadSegmentation& head, size_t pixel, OccluderKinds kinds) {
  int sum = 0;
  for (size_t k = 0; k < head.kinds.size(); ++k)
    if ((kinds & bit_of(static_cast<OccluderKind>(k))) != 0) sum += head.kinds[k].pixels[pixel];
  return sum;
}

Image OcclusionDecider::covered_parts(Face& face, const HeadSegmentation& head,
                                      const Image& outline, const OcclusionOptions& options,
                                      bool is_video, bool was_seen) {
  const Thresholds thresholds = thresholds_of(options.caution, is_video);
  const bool is_first = face.shares.empty();
  if (is_first) face.shares.resize(kPixels);
  const std::vector<float> before = face.shares;
  const std::vector<uint16_t> asked = covered_shares(head, options.kinds);
  for (size_t i = 0; i < kPixels; ++i) {
    const float change = static_cast<float>(asked[i]) - face.shares[i];
    face.shares[i] +=
        is_first ? change : change * std::min(1.f, kLeastShare + std::abs(change) / 255);
  }
  // What surely covers the face itself, and has been there, more or less, a frame ago.
  // The oval's own edge is doubtful: beside a cheek it may hold some of the room.
  const float* shares = face.shares.data();
  const Image outside =
      dilate(mask_where([pixels = outline.pixels.data()](size_t i) { return pixels[i] < kInside; }),
             thresholds.margin);
  Image sure = mask_where([shares, outside = outside.pixels.data(), least = 255 * thresholds.sure](
                              size_t i) { return shares[i] >= least && outside[i] == 0; });
  // What was covered stays so for as long as it perhaps is.
  Image begins = sure;
  if (is_video && !face.parts.empty())
    begins = mask_where([shares, sure = sure.pixels.data(), before = face.parts.pixels.data(),
                         least = 255 * thresholds.stays](size_t i) {
      return sure[i] != 0 || (before[i] != 0 && shares[i] >= least);
    });
  const Image parts = parts_with(face.shares, kPerhaps, begins, thresholds.least);
  Image confirmed = parts;
  if (is_video && thresholds.looks_twice) {
    const Image nothing(kSize, kSize, 1);
    const auto earlier = [&](const Image& mask) {
      return (mask.empty() ? nothing : mask).pixels.data();
    };
    const Image was = mask_where([parts = parts.pixels.data(), sure = earlier(face.sure),
                                  before = earlier(face.parts)](size_t i) {
      return parts[i] != 0 && (sure[i] != 0 || before[i] != 0);
    });
    std::vector<float> as_shares(parts.pixels.begin(), parts.pixels.end());
    confirmed = parts_with(as_shares, 1, was, kOverlap);
  }
  // Around something large in front of a face that was seen before little certainty is enough: a
  // finger left out stays in the picture, and a bit of face too much comes back as it was.
  if (was_seen && !is_empty(confirmed)) {
    const Image still =
        mask_where([shares, before = before.data(), confirmed = confirmed.pixels.data()](size_t i) {
          return confirmed[i] != 0 || (before[i] >= 255 * kPerhaps && shares[i] >= 255 * kStill);
        });
    const Image farther = parts_with(face.shares, kHardly, still, kLarge);
    confirmed = mask_where([confirmed = confirmed.pixels.data(), farther = farther.pixels.data()](
                               size_t i) { return confirmed[i] != 0 || farther[i] != 0; });
  }
  face.sure = std::move(sure);
  face.parts = confirmed;
  return confirmed;
}

std::optional<Image> OcclusionDecider::known_outline(const Face& face,
                                                     const HeadSegmentation& head) {
  if (face.clear_oval.empty() || std::abs(head.yaw - face.clear_yaw) > kSamePose) return {};
  Image known = head.oval;
  // Beside what covers it the face shows where it ends now.
  for (size_t i = 0; i < kPixels; ++i)
    if (face.clear_oval.pixels[i] > head.oval.pixels[i] &&
        covered_share(head, i, kAllKinds) >= kCovers)
      known.pixels[i] = face.clear_oval.pixels[i];
  return known;
}

FaceOcclusion OcclusionDecider::decide(unsigned id, const Sight& sight,
                                       const OcclusionOptions& options, bool is_video) {
  if (!is_video) faces_.erase(id);
  Face& face = faces_[id];
  const bool is_new = !face.yaw.has_value();
  face.is_repaired = false;
  FaceOcclusion result;
  result.hole = Image(OcclusionTracker::kMaskSize, OcclusionTracker::kMaskSize, 1);
  face.yaw = is_new || !is_video ? sight.head.yaw : 0.5 * (*face.yaw + sight.head.yaw);
  result.yaw = *face.yaw;
  // What was a face a frame ago and is covered now still is one.
  const bool was_face = is_video && !is_new && !face.is_doubtful;
  const Thresholds thresholds = thresholds_of(options.caution, is_video);
  const HeadSegmentation& head = sight.head;
  const std::optional<Image> known = known_outline(face, head);
  const Image& outline = known ? *known : head.oval;
  face.is_doubtful =
      was_face ? head.face < kStillFace * thresholds.face : !is_face(head, thresholds);
  if (face.is_doubtful) {
    face.shares.clear();
    face.sure = face.parts = {};
    face.distrust = kDistrust;
    result.verdict = OcclusionVerdict::kUncertain;
    return result;
  }
  face.distrust = std::max(0, face.distrust - 1);
  face.strange = std::max(0, face.strange - 1);
  const Image covered = covered_parts(face, head, outline, options, is_video, sight.was_seen);
  const Image hole = hole_of(covered, head, outline, result.kinds, options.kinds);
  // What comes covered beside a face that is there, and was never seen clear, is seldom a face.
  if (is_new && sight.is_late && !is_empty(face.sure)) face.strange = kStrange;
  face.is_turned =
      std::abs(result.yaw) > options.max_yaw - (face.is_turned && is_video ? kYawMargin : 0);
  if (is_empty(hole)) {
    // Something else may cover the face, or what was seen once only.
    OccluderKinds others = 0;
    for (size_t k = 0; k < head.kinds.size(); ++k) {
      int count = 0;
      for (size_t i = 0; i < kPixels; ++i)
        count += outline.pixels[i] >= kInside && head.kinds[k].pixels[i] >= 128;
      if (count >= kSpeck) others |= bit_of(static_cast<OccluderKind>(k));
    }
    if (others == 0 && is_empty(face.sure)) {
      face.clear_oval = outline;
      face.clear_yaw = result.yaw;
    }
    if (others != 0 && (others & options.kinds) == 0)
      result.verdict = OcclusionVerdict::kNotAsked;
    else if (others != 0 && is_new && is_video)
      result.verdict = OcclusionVerdict::kNew;
    result.kinds |= others;
    return result;
  }
  const bool is_masked = (result.kinds & bit_of(OccluderKind::kMedicalMask)) != 0;
  const bool is_worn = is_masked || (result.kinds & bit_of(OccluderKind::kSunglasses)) != 0;
  const bool may_be_profile = !is_worn && std::abs(result.yaw) > kMaybeProfile;
  const bool is_detected =
      sight.score >= (may_be_profile && thresholds.score > 0 ? kOfProfiles : thresholds.score);
  // A mask leaves the eyes to be seen.
  const bool is_agreed =
      is_masked ? is_detected || (head.face >= thresholds.surely && shows_eyes(hole, outline))
                : is_detected && head.face >= thresholds.plainly;
  // What is a face in one frame and none in the next is a hand or a shirt.
  const bool is_distrusted =
      is_video && thresholds.looks_twice && (face.distrust > 0 || (face.strange > 0 && !is_masked));
  if ((!is_agreed && !was_face) || is_distrusted) {
    result.verdict = OcclusionVerdict::kUncertain;
    return result;
  }
  if (face.is_turned) {
    result.verdict = OcclusionVerdict::kTurned;
    return result;
  }
  result.hole = resize(hole.view(), OcclusionTracker::kMaskSize, OcclusionTracker::kMaskSize);
  for (uint8_t& pixel : result.hole.pixels) pixel = pixel >= 128 ? 255 : 0;
  face.is_repaired = true;
  return result;
}

Image OcclusionDecider::doubtful_part(unsigned id) const {
  const auto face = faces_.find(id);
  Image part(kSize, kSize, 1);
  if (face == faces_.end()) return part;
  if (face->second.is_doubtful) return Image(kSize, kSize, 1, 255);
  for (const Image* mask : {&face->second.sure, &face->second.parts})
    for (size_t i = 0; i < mask->pixels.size(); ++i) part.pixels[i] |= mask->pixels[i];
  return part;
}

bool OcclusionDecider::is_repaired(unsigned id) const {
  const auto face = faces_.find(id);
  return face != faces_.end() && face->second.is_repaired;
}

void OcclusionDecider::keep(const std::vector<unsigned>& ids) {
  for (auto face = faces_.begin(); face != faces_.end();)
    face = std::find(ids.begin(), ids.end(), face->first) == ids.end() ? faces_.erase(face)
                                                                       : std::next(face);
}

}  // namespace ganface::face
