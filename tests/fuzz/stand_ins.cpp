// SPDX-License-Identifier: MIT
// Owns what stands in for networks: whatever of the library needs LibTorch or OpenCV.
#include "stand_ins.h"

#include <ganface/classical_inpaint.h>
#include <ganface/error.h>
#include <ganface/face_detector.h>
#include <ganface/occlusion.h>

#include <algorithm>

#include "common/image_decoder.h"
#include "ganinpaint/person_photograph.h"

namespace ganface {

fuzz::Answers& fuzz::answers() {
  static Answers answers;
  return answers;
}

// ---- Repair -------------------------------------------------------------------------------------

struct Inpainter::Implementation {};
Inpainter::Inpainter(const std::string&, const std::string&)
    : implementation_(std::make_unique<Implementation>()) {}
Inpainter::~Inpainter() = default;
Inpainter::Inpainter(Inpainter&&) noexcept = default;
Inpainter& Inpainter::operator=(Inpainter&&) noexcept = default;
RepairMethod Inpainter::method() const { return fuzz::answers().method; }
int Inpainter::size() const { return fuzz::answers().size; }
bool Inpainter::has_encoder() const { return false; }
void Inpainter::warm_up() const {}

std::vector<RepairedFace> Inpainter::repair(const std::vector<DamagedFace>& faces,
                                            const RepairOptions& options,
                                            const StopCondition&) const {
  options.validate();
  const fuzz::Answers& answers = fuzz::answers();
  std::vector<RepairedFace> repaired;
  for (const DamagedFace& face : faces) {
    if (face.crop.width != face.hole.width || face.crop.height != face.hole.height)
      throw Error(ErrorCode::kInput, "crop and hole differ in size");
    RepairedFace result;
    result.failed = answers.fails;
    result.repaired = face.crop;
    const bool completes = answers.method == RepairMethod::kCompletion;
    const int side = completes ? std::max(face.crop.width, answers.size) : answers.size;
    if (!result.failed) {
      result.completion = Image(side, side, 3, answers.colour);
      result.alpha = resize(face.hole.view(), side, side);
      if (answers.is_soft)
        for (uint8_t& share : result.alpha.pixels) share = static_cast<uint8_t>(share / 2);
      if (completes) result.prior_sample = Image(answers.size, answers.size, 3, answers.colour);
      if (completes && !face.reference.empty()) {
        constexpr size_t kCells = size_t{ReferenceMatch::kCells} * ReferenceMatch::kCells;
        result.match.flow.assign(2 * kCells, 0.01f);
        result.match.gain.assign(3 * kCells, 1.f);
        result.match.offset.assign(3 * kCells, 0.f);
        result.match.confidence = Image(answers.size, answers.size, 1, answers.colour);
      }
      if (!completes) result.latent.assign(100, 0.5f);
    }
    repaired.push_back(std::move(result));
  }
  return repaired;
}

Image inpaint_telea(const Image& image, const Image&) { return image; }

// ---- Faces --------------------------------------------------------------------------------------

struct FaceTracker::Implementation {};
FaceTracker::FaceTracker(const DetectorOptions&) {}
FaceTracker::~FaceTracker() = default;
FaceTracker::FaceTracker(FaceTracker&&) noexcept = default;
FaceTracker& FaceTracker::operator=(FaceTracker&&) noexcept = default;
void FaceTracker::warm_up(int, int) {}
std::vector<TrackedFace> FaceTracker::track(const FrameView&, unsigned) { return {}; }
void FaceTracker::reset(bool) {}

struct OcclusionTracker::Implementation {};
OcclusionTracker::OcclusionTracker(const std::string&) {}
OcclusionTracker::~OcclusionTracker() = default;
OcclusionTracker::OcclusionTracker(OcclusionTracker&&) noexcept = default;
OcclusionTracker& OcclusionTracker::operator=(OcclusionTracker&&) noexcept = default;
void OcclusionTracker::warm_up() const {}
void OcclusionTracker::reset() {}

// As the network does, it looks at the head crop.
std::vector<FaceOcclusion> OcclusionTracker::track(const FrameView& frame,
                                                   const std::vector<TrackedFace>& faces,
                                                   const OcclusionOptions&, bool) {
  std::vector<FaceOcclusion> occlusions;
  for (const TrackedFace& face : faces) {
    const Image crop = extract_crop(frame, face.transform, kMaskSize);
    FaceOcclusion occlusion;
    occlusion.hole = Image(kMaskSize, kMaskSize, 1);
    for (size_t i = 0; i < occlusion.hole.pixels.size(); ++i)
      occlusion.hole.pixels[i] = crop.pixels[3 * i] > 128 ? 255 : 0;
    occlusions.push_back(std::move(occlusion));
  }
  return occlusions;
}

namespace gst {

Image decode_image(const std::string& location) { return read_image(location); }

Image person_of_photograph(const std::string& file) { return read_image(file); }

}  // namespace gst
}  // namespace ganface
