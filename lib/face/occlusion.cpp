// SPDX-License-Identifier: MIT
// Owns the segmentation of what covers faces, and its steadiness in time.
#include <ganface/error.h>
#include <ganface/holes.h>
#include <ganface/occlusion.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "face/facemask_networks.h"
#include "face/picture.h"
#include "gan/face_network_sizes.h"

namespace ganface {
namespace {

constexpr float kLeastShare = 0.35f;  // of a change that is taken on in a frame
constexpr float kCovered = 0.5f;
constexpr int kProbation = 6;      // frames that a part must stay uncovered for its look to count
constexpr int kEdge = 3;           // pixels around a hole that may be touched by its edge
constexpr double kLittle = 0.005;  // of a face: as good as uncovered
constexpr int kSpeck = 150;        // pixels; fewer that hang together are no occluder

template <typename Entries>
void keep_only(Entries& entries, const std::vector<unsigned>& ids) {
  for (auto entry = entries.begin(); entry != entries.end();)
    entry = std::find(ids.begin(), ids.end(), entry->first) == ids.end() ? entries.erase(entry)
                                                                         : std::next(entry);
}

void remove_specks(Image& hole) {
  const cv::Mat mask(hole.height, hole.width, CV_8UC1, hole.pixels.data());
  cv::Mat labels, sizes, middles;
  const int count = cv::connectedComponentsWithStats(mask, labels, sizes, middles, 8);
  if (count <= 1) return;
  for (int y = 0; y < hole.height; ++y)
    for (int x = 0; x < hole.width; ++x) {
      const int label = labels.at<int>(y, x);
      if (label > 0 && sizes.at<int>(label, cv::CC_STAT_AREA) < kSpeck) hole.row(y)[x] = 0;
    }
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

std::vector<Image> OcclusionSegmenter::cut(const ImageView& rgb,
                                           const std::vector<CanonicalTransform>& faces) {
  face::Picture picture(rgb);
  std::vector<Image> crops;
  for (const CanonicalTransform& face : faces) crops.push_back(picture.cut(face, 1, kSize));
  return crops;
}

std::vector<Image> OcclusionSegmenter::segment(const std::vector<Image>& crops,
                                               const std::vector<const FaceLook*>& looks) const {
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
    candidate = {crop, Image(hole.width, hole.height, 1, 255)};
    face.frames = 0;
  }
  size_t covered = 0;
  for (size_t i = 0; i < near.pixels.size(); ++i) {
    if (near.pixels[i] != 0) candidate.known.pixels[i] = 0;
    covered += hole.pixels[i] != 0;
  }
  if (++face.frames <= kProbation) return;
  FaceLook& look = face.look;
  const bool anew =
      static_cast<double>(covered) < kLittle * static_cast<double>(hole.pixels.size());
  if (look.crop.empty()) look = {candidate.crop, Image(hole.width, hole.height, 1)};
  for (size_t i = 0; i < near.pixels.size(); ++i) {
    if (candidate.known.pixels[i] == 0 || (look.known.pixels[i] != 0 && !anew)) continue;
    look.known.pixels[i] = 255;
    std::copy_n(candidate.crop.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3,
                look.crop.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i));
  }
  candidate = {};
}

void FaceLooks::keep(const std::vector<unsigned>& ids) { keep_only(faces_, ids); }

Image MaskSmoother::smooth(unsigned id, const Image& segmented) {
  std::vector<float>& shares = shares_[id];
  if (shares.size() != segmented.pixels.size())
    shares.assign(segmented.pixels.begin(), segmented.pixels.end());
  Image hole(segmented.width, segmented.height, 1);
  for (size_t i = 0; i < shares.size(); ++i) {
    const float change = static_cast<float>(segmented.pixels[i]) - shares[i];
    shares[i] += change * std::min(1.f, kLeastShare + std::abs(change) / 255);
    hole.pixels[i] = shares[i] >= 255 * kCovered ? 255 : 0;
  }
  remove_specks(hole);
  return hole;
}

void MaskSmoother::keep(const std::vector<unsigned>& ids) { keep_only(shares_, ids); }

}  // namespace ganface
