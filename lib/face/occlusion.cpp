// SPDX-License-Identifier: MIT
// Owns the segmentation of what covers faces, and its steadiness in time.
#include <ganface/error.h>
#include <ganface/holes.h>
#include <ganface/occlusion.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

#include "face/facemask_networks.h"
#include "face/picture.h"
#include "face/translate.h"
#include "gan/face_network_sizes.h"

namespace ganface {
namespace {

constexpr float kLeastShare = 0.35f;  // of a change that is taken on in a frame
constexpr float kCovered = 0.5f;
constexpr float kPerhaps = 0.2f;   // covered, too, where it hangs together with what surely is
constexpr float kHardly = 0.025f;  // likewise, with something large before a face seen before
constexpr float kStill = 0.05f;    // likewise, where something perhaps was a frame ago
constexpr int kProbation = 6;      // frames that a part must stay uncovered for its look to count
constexpr int kLongest = 150;      // frames without a clear sight of a face: its look says no more
constexpr int kEdge = 3;           // pixels around a hole that may be touched by its edge
constexpr double kLittle = 0.005;  // of a face: as good as uncovered
constexpr int kSpeck = 150;        // pixels; fewer that hang together are no occluder
constexpr int kLarge = 800;        // pixels

template <typename Entries>
void keep_only(Entries& entries, const std::vector<unsigned>& ids) {
  for (auto entry = entries.begin(); entry != entries.end();)
    entry = std::find(ids.begin(), ids.end(), entry->first) == ids.end() ? entries.erase(entry)
                                                                         : std::next(entry);
}

// Whether a pixel of a canonical crop may show the face itself, and not only what is beside it.
bool is_face(int x, int y, int width, int height) {
  constexpr float kHalfWidth = 0.46f, kHalfHeight = 0.55f;
  const float u = ((static_cast<float>(x) + 0.5f) / static_cast<float>(width) - 0.5f) / kHalfWidth;
  const float v =
      ((static_cast<float>(y) + 0.5f) / static_cast<float>(height) - 0.5f) / kHalfHeight;
  return u * u + v * v <= 1;
}

// The connected parts of what is covered by `perhaps` or more, in which `least` pixels of the face
// surely are (Canny 1986), or were in the last frame, unless that is empty.
Image parts_of(const std::vector<float>& shares, const Image& last, float perhaps, int least,
               int width, int height) {
  Image hole(width, height, 1);
  for (size_t i = 0; i < shares.size(); ++i) hole.pixels[i] = shares[i] >= 255 * perhaps ? 255 : 0;
  const cv::Mat mask(height, width, CV_8UC1, hole.pixels.data());
  cv::Mat labels;
  std::vector<int> sure(static_cast<size_t>(cv::connectedComponents(mask, labels, 8)));
  const auto sure_around = [&](size_t i) -> int& {
    return sure[static_cast<size_t>(labels.ptr<int>()[i])];
  };
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto i = static_cast<size_t>(y * width + x);
      if (is_face(x, y, width, height))
        sure_around(i) += shares[i] >= 255 * kCovered || (!last.empty() && last.pixels[i] != 0);
    }
  for (size_t i = 0; i < shares.size(); ++i)
    if (sure_around(i) < least) hole.pixels[i] = 0;
  return hole;
}

// `before`: the shares of a frame ago; `last`: what was covered then.
Image hole_of(const std::vector<float>& shares, const std::vector<float>& before, const Image& last,
              bool was_seen, int width, int height) {
  Image hole = parts_of(shares, last, kPerhaps, kSpeck, width, height);
  if (!was_seen) return hole;
  Image still(width, height, 1);
  for (size_t i = 0; i < shares.size(); ++i)
    still.pixels[i] = before[i] >= 255 * kPerhaps && shares[i] >= 255 * kStill ? 255 : 0;
  const Image farther = parts_of(shares, still, kHardly, kLarge, width, height);
  for (size_t i = 0; i < hole.pixels.size(); ++i) hole.pixels[i] |= farther.pixels[i];
  return hole;
}

}  // namespace

static_assert(OcclusionSegmenter::kSize == gan::kOcclusionSize);

struct OcclusionSegmenter::Implementation {
  face::FaceMaskNetworks networks;
};

OcclusionSegmenter::OcclusionSegmenter(const std::string& model)
    : implementation_(new Implementation{face::FaceMaskNetworks(model)}) {
  if (!implementation_->networks.has_occlusion())
    throw Error(ErrorCode::kModel, "model '" + model +
                                       "' holds no occlusion network; expected a "
                                       "facemask model as ganface train-facemask "
                                       "writes it");
}

OcclusionSegmenter::~OcclusionSegmenter() = default;
OcclusionSegmenter::OcclusionSegmenter(OcclusionSegmenter&&) noexcept = default;
OcclusionSegmenter& OcclusionSegmenter::operator=(OcclusionSegmenter&&) noexcept = default;

void OcclusionSegmenter::warm_up() const {
  const Image grey(kSize, kSize, 3, 128);
  const FaceLook look{grey, Image(kSize, kSize, 1, 255), Image(kSize, kSize, 1)};
  segment({grey});
  segment({grey}, {&look});
}

std::vector<Image> OcclusionSegmenter::cut(const FrameView& frame,
                                           const std::vector<CanonicalTransform>& faces) {
  return face::translated("cutting faces out", [&] {
    const face::Picture picture(frame);
    std::vector<Image> crops;
    for (const CanonicalTransform& face : faces) crops.push_back(picture.cut(face, 1, kSize));
    return crops;
  });
}

std::vector<Image> OcclusionSegmenter::segment(const std::vector<Image>& crops,
                                               const std::vector<const FaceLook*>& looks) const {
  const auto fits = [](const Image& image, int channels) {
    return image.width == kSize && image.height == kSize && image.channels == channels;
  };
  bool all_fit = looks.empty() || looks.size() == crops.size();
  for (const Image& crop : crops) all_fit = all_fit && fits(crop, 3);
  for (const FaceLook* look : looks)
    all_fit = all_fit && (look == nullptr ||
                          (fits(look->crop, 3) && fits(look->known, 1) && fits(look->covered, 1)));
  if (!all_fit)
    throw Error(ErrorCode::kInput, "the occlusion network needs RGB crops of " +
                                       std::to_string(kSize) + "x" + std::to_string(kSize) +
                                       ", and for each a look of that size or none");
  return implementation_->networks.segment(
      crops, looks.empty() ? std::vector<const FaceLook*>(crops.size()) : looks);
}

const FaceLook* FaceLooks::of(unsigned id) const {
  const auto face = faces_.find(id);
  return face == faces_.end() || face->second.look.crop.empty() ? nullptr : &face->second.look;
}

void FaceLooks::take(unsigned id, const Image& crop, const Image& hole) {
  Face& face = faces_[id];
  const Image near = dilate(hole, kEdge);
  FaceLook& candidate = face.candidate;
  if (candidate.crop.empty()) {
    candidate = {crop, Image(hole.width, hole.height, 1, 255), {}};
    face.frames = 0;
  }
  size_t covered = 0;
  for (size_t i = 0; i < near.pixels.size(); ++i) {
    if (near.pixels[i] != 0) candidate.known.pixels[i] = 0;
    covered += hole.pixels[i] != 0;
  }
  FaceLook& look = face.look;
  look.covered = near;
  if (++face.sight > kLongest) {
    face = {};
    return;
  }
  if (++face.frames <= kProbation) return;
  const bool anew =
      static_cast<double>(covered) < kLittle * static_cast<double>(hole.pixels.size());
  if (anew) face.sight = 0;
  if (look.crop.empty()) {
    look.crop = candidate.crop;
    look.known = Image(hole.width, hole.height, 1);
  }
  for (size_t i = 0; i < near.pixels.size(); ++i) {
    if (candidate.known.pixels[i] == 0 || (look.known.pixels[i] != 0 && !anew)) continue;
    look.known.pixels[i] = 255;
    std::copy_n(candidate.crop.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3,
                look.crop.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i));
  }
  candidate = {};
}

void FaceLooks::keep(const std::vector<unsigned>& ids) { keep_only(faces_, ids); }

Image MaskSmoother::smooth(unsigned id, const Image& segmented, bool was_seen) {
  Face& face = faces_[id];
  std::vector<float>& shares = face.shares;
  if (shares.size() != segmented.pixels.size())
    shares.assign(segmented.pixels.begin(), segmented.pixels.end());
  const std::vector<float> before = shares;
  for (size_t i = 0; i < shares.size(); ++i) {
    const float change = static_cast<float>(segmented.pixels[i]) - shares[i];
    shares[i] += change * std::min(1.f, kLeastShare + std::abs(change) / 255);
  }
  face.hole = hole_of(shares, before, face.hole, was_seen, segmented.width, segmented.height);
  return face.hole;
}

void MaskSmoother::keep(const std::vector<unsigned>& ids) { keep_only(faces_, ids); }

std::vector<Image> OcclusionTracker::track(const FrameView& frame,
                                           const std::vector<TrackedFace>& faces, bool is_video) {
  std::vector<CanonicalTransform> transforms;
  std::vector<unsigned> ids;
  std::vector<const FaceLook*> looks;
  for (const TrackedFace& face : faces) {
    transforms.push_back(face.transform);
    ids.push_back(face.id);
    looks.push_back(looks_.of(face.id));
  }
  std::vector<Image> holes;
  if (!faces.empty()) {
    const std::vector<Image> crops = OcclusionSegmenter::cut(frame, transforms);
    const std::vector<Image> segmented = segmenter_.segment(crops, looks);
    for (size_t i = 0; i < ids.size(); ++i) {
      holes.push_back(smoother_.smooth(ids[i], segmented[i], looks[i] != nullptr));
      if (is_video) looks_.take(ids[i], crops[i], holes.back());
    }
  }
  looks_.keep(ids);
  smoother_.keep(ids);
  return holes;
}

void OcclusionTracker::reset() {
  looks_.reset();
  smoother_.reset();
}

}  // namespace ganface
