// SPDX-License-Identifier: MIT
// Owns the segmentation of what covers faces, and its steadiness in time.
#include <ganface/error.h>
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
constexpr int kSpeck = 150;  // pixels; fewer that hang together are no occluder

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

std::vector<Image> OcclusionSegmenter::segment(const ImageView& rgb,
                                               const std::vector<CanonicalTransform>& faces) const {
  face::Picture picture(rgb);
  std::vector<Image> crops;
  for (const CanonicalTransform& face : faces) crops.push_back(picture.cut(face, 1, kSize));
  return implementation_->networks.segment(crops);
}

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

void MaskSmoother::keep(const std::vector<unsigned>& ids) {
  for (auto entry = shares_.begin(); entry != shares_.end();)
    entry = std::find(ids.begin(), ids.end(), entry->first) == ids.end() ? shares_.erase(entry)
                                                                         : std::next(entry);
}

}  // namespace ganface
