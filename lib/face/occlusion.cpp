// SPDX-License-Identifier: MIT
// Owns the segmentation of what covers faces, and what is remembered of them for it.
#include <ganface/error.h>
#include <ganface/holes.h>
#include <ganface/occlusion.h>

#include <algorithm>
#include <string>

#include "face/facemask_networks.h"
#include "face/picture.h"
#include "face/translate.h"
#include "models/face_network_sizes.h"

namespace ganface {
namespace {

constexpr int kProbation = 6;  // frames that a part must stay uncovered for its reference to count
constexpr int kLongest = 150;  // frames without a clear sight of a face: its reference says no more
constexpr int kEdge = 3;       // pixels around a hole that may be touched by its edge
constexpr double kLittle = 0.003;  // of a head crop: as good as uncovered

}  // namespace

static_assert(OcclusionSegmenter::kSize == nn::kSegmenterSize);
static_assert(kOccluderKindCount + 1 == nn::kOccluderKinds);

struct OcclusionSegmenter::Implementation {
  face::FaceMaskNetworks networks;
};

OcclusionSegmenter::OcclusionSegmenter(const std::string& model)
    : implementation_(new Implementation{face::FaceMaskNetworks(model)}) {
  if (!implementation_->networks.has_segmenter())
    throw Error(ErrorCode::kModel, "model '" + model +
                                       "' holds no segmenter; expected a facemask model as ganface "
                                       "train-facemask writes it");
}

OcclusionSegmenter::~OcclusionSegmenter() = default;
OcclusionSegmenter::OcclusionSegmenter(OcclusionSegmenter&&) noexcept = default;
OcclusionSegmenter& OcclusionSegmenter::operator=(OcclusionSegmenter&&) noexcept = default;

void OcclusionSegmenter::warm_up() const {
  const Image grey(kSize, kSize, 3, 128);
  const FaceReference reference{grey, Image(kSize, kSize, 1, 255), Image(kSize, kSize, 1)};
  segment({grey});
  segment({grey}, {&reference});
}

std::vector<Image> OcclusionSegmenter::cut(const FrameView& frame,
                                           const std::vector<CanonicalTransform>& faces) {
  return face::translated("cutting faces out", [&] {
    const face::Picture picture(frame);
    std::vector<Image> crops;
    for (const CanonicalTransform& face : faces)
      crops.push_back(picture.cut(face, nn::kHeadSpan, kSize));
    return crops;
  });
}

std::vector<HeadSegmentation> OcclusionSegmenter::segment(
    const std::vector<Image>& crops, const std::vector<const FaceReference*>& references) const {
  const auto fits = [](const Image& image, int channels) {
    return image.width == kSize && image.height == kSize && image.channels == channels;
  };
  bool all_fit = references.empty() || references.size() == crops.size();
  for (const Image& crop : crops) all_fit = all_fit && fits(crop, 3);
  for (const FaceReference* reference : references)
    all_fit = all_fit &&
              (reference == nullptr || (fits(reference->crop, 3) && fits(reference->known, 1) &&
                                        fits(reference->covered, 1)));
  if (!all_fit)
    throw Error(ErrorCode::kInput, "the segmenter needs RGB head crops of " +
                                       std::to_string(kSize) + "x" + std::to_string(kSize) +
                                       ", and for each a reference of that size or none");
  return implementation_->networks.segment(
      crops, references.empty() ? std::vector<const FaceReference*>(crops.size()) : references);
}

const FaceReference* FaceReferences::of(unsigned id) const {
  const auto face = faces_.find(id);
  return face == faces_.end() || face->second.reference.crop.empty() ? nullptr
                                                                     : &face->second.reference;
}

void FaceReferences::take(unsigned id, const Image& crop, const Image& hole) {
  Face& face = faces_[id];
  const Image near = dilate(hole, kEdge);
  FaceReference& candidate = face.candidate;
  if (candidate.crop.empty()) {
    candidate = {crop, Image(hole.width, hole.height, 1, 255), {}};
    face.frames = 0;
  }
  size_t covered = 0;
  for (size_t i = 0; i < near.pixels.size(); ++i) {
    if (near.pixels[i] != 0) candidate.known.pixels[i] = 0;
    covered += hole.pixels[i] != 0;
  }
  FaceReference& reference = face.reference;
  reference.covered = near;
  if (++face.sight > kLongest) {
    face = {};
    return;
  }
  if (++face.frames <= kProbation) return;
  const bool anew =
      static_cast<double>(covered) < kLittle * static_cast<double>(hole.pixels.size());
  if (anew) face.sight = 0;
  if (reference.crop.empty()) {
    reference.crop = candidate.crop;
    reference.known = Image(hole.width, hole.height, 1);
  }
  for (size_t i = 0; i < near.pixels.size(); ++i) {
    if (candidate.known.pixels[i] == 0 || (reference.known.pixels[i] != 0 && !anew)) continue;
    reference.known.pixels[i] = 255;
    std::copy_n(candidate.crop.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3,
                reference.crop.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i));
  }
  candidate = {};
}

void FaceReferences::keep(const std::vector<unsigned>& ids) {
  for (auto face = faces_.begin(); face != faces_.end();)
    face = std::find(ids.begin(), ids.end(), face->first) == ids.end() ? faces_.erase(face)
                                                                       : std::next(face);
}

}  // namespace ganface
