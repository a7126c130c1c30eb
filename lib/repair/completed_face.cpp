// SPDX-License-Identifier: MIT
// Owns what becomes of a face once the network has completed it: its side, its border, its colours.
#include "repair/completed_face.h"

#include <ATen/ATen.h>
#include <ganface/holes.h>

#include <algorithm>
#include <numeric>

#include "image/pixel_box.h"
#include "nn/layers/hole_filling.h"
#include "nn/runtime/images.h"
#include "repair/blend.h"
#include "repair/damage.h"
#include "repair/face_look.h"
#include "repair/refinement.h"
#include "repair/toning.h"

namespace ganface::repair {
namespace {

std::vector<float> values_of(const at::Tensor& field) {
  const at::Tensor values = field.to(torch::kFloat32).contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

// The part of a crop that a repair changes, in the network's pixels. Its edges are whole pixels at
// the crop's side, too.
struct Window {
  int64_t left, top, right, bottom;

  // Around where a mask of the network's side is set, with a margin for what reads its neighbours.
  Window(const Image& mask, int crop_side) {
    constexpr int64_t kMargin = 4;
    const PixelBox box = set_pixels(mask);
    left = box.left;
    top = box.top;
    right = box.right - 1;
    bottom = box.bottom - 1;
    if (is_empty()) return;
    const int64_t step = nn::kCompletionSize / std::gcd(nn::kCompletionSize, crop_side);
    left = std::max<int64_t>(0, left - kMargin) / step * step;
    top = std::max<int64_t>(0, top - kMargin) / step * step;
    right = std::min<int64_t>(nn::kCompletionSize, (right + kMargin + step) / step * step);
    bottom = std::min<int64_t>(nn::kCompletionSize, (bottom + kMargin + step) / step * step);
  }
  bool is_empty() const { return left >= right; }
  nn::PicturePart at_side(int64_t side) const {
    return {left * side / nn::kCompletionSize, top * side / nn::kCompletionSize,
            right * side / nn::kCompletionSize, bottom * side / nn::kCompletionSize};
  }
  at::Tensor of(const at::Tensor& x) const {
    const nn::PicturePart part = at_side(x.size(2));
    return x.slice(2, part.top, part.bottom).slice(3, part.left, part.right);
  }
};

// Puts a window's pixels [1, 3, h, w] into an image.
void paste(Image& image, const Window& window, const at::Tensor& pixels) {
  const Image part = nn::to_images(pixels).front();
  const auto left = static_cast<int>(window.left * image.width / nn::kCompletionSize);
  const auto top = static_cast<int>(window.top * image.height / nn::kCompletionSize);
  for (int y = 0; y < part.height; ++y)
    std::copy_n(part.row(y), 3 * part.width, image.row(top + y) + 3 * left);
}

// A window of the completion at the side of a larger crop: what the network painted, enlarged, and
// what comes from the reference at its own sharpness.
at::Tensor enlarged_completion(const CompletedFace& completed, const Window& window, int side) {
  const DamagedFace& face = completed.face;
  const nn::CompletionOutput& output = completed.output;
  const nn::PersonDetail& detail = completed.detail;
  const nn::PicturePart part = window.at_side(side);
  const int64_t rows = part.bottom - part.top, columns = part.right - part.left;
  const auto enlarged = [&](const at::Tensor& x) {
    return at::upsample_bicubic2d(window.of(x).contiguous(), {rows, columns}, false);
  };
  at::Tensor completion = enlarged(output.image);
  // A share of another look, as large as the crop, instead of what is in the completion of it.
  const auto enlarge = [&](const FaceLook& look, const nn::ReferenceField& field,
                           const at::Tensor& small, const at::Tensor& share) {
    const at::Tensor shares =
        at::upsample_bilinear2d(window.of(share).contiguous(), {rows, columns}, false);
    const at::Tensor large =
        field.show(look.tensor(side), nn::Sampling::kBicubic, part).slice(1, 0, 3);
    completion = completion + shares * large - enlarged(share * small);
  };
  if (!face.reference.empty())
    enlarge(FaceLook::before(face), output.field, output.reference, output.confidence);
  if (detail.share.defined() && detail.share.max().item<float>() > 0)
    enlarge(FaceLook::of_person(face), detail.field, detail.picture, detail.share);
  return completion;
}

ReferenceMatch match_of(const nn::CompletionOutput& output, const at::Tensor& crop,
                        const at::Tensor& hole) {
  ReferenceMatch match;
  if (!output.field.flow.defined()) return match;
  match.flow = values_of(output.field.flow / 2);
  match.gain = values_of(output.field.gain);
  match.offset = values_of(output.field.offset);
  match.confidence = Image(nn::kCompletionSize, nn::kCompletionSize, 1);
  const at::Tensor bytes = (output.confidence * 255).round().to(torch::kUInt8).contiguous();
  std::copy_n(bytes.data_ptr<uint8_t>(), match.confidence.pixels.size(),
              match.confidence.pixels.begin());
  const at::Tensor both = (1 - hole) * output.valid;
  match.mismatch = ((output.reference - crop).abs().mean(1, true) * both).sum().item<double>() /
                   std::max(both.sum().item<double>(), 1.0) * 127.5;
  return match;
}

// The completion shifted smoothly so that it meets the crop around the hole: the difference outside
// it, spread into it by pull and push, which comes near to Poisson blending at a small part of its
// cost.
at::Tensor meet(const at::Tensor& completion, const at::Tensor& crop, const at::Tensor& hole) {
  return completion + nn::fill_holes(crop - completion, hole);
}

// 255 where the crop shows what is there; an occluder's edge bleeds into what is beside it.
Image known_pixels(const DamagedFace& face, int side) {
  Image known = dilate(scale_hole(face.hole, side), side / 64);
  for (uint8_t& pixel : known.pixels) pixel = pixel == 0 ? 255 : 0;
  return known;
}

// What the network's pass tells of the face.
void describe(const CompletedFace& completed, RepairedFace& result) {
  const DamagedFace& face = completed.face;
  const at::Tensor &image = completed.output.image, kept = 1 - completed.hole;
  result.contextual_loss =
      ((image - completed.crop).abs().mean(1, true) * kept).sum().item<double>() /
      std::max(kept.sum().item<double>(), 1.0);
  result.iterations = 1;
  if (!face.reference.empty())
    result.match = match_of(completed.output, completed.crop, completed.hole);
  if (completed.detail.share.defined())
    result.detailed = mean_in_hole(completed.detail.share, completed.hole);
  if (completed.prior_sample.defined())
    result.prior_sample = face.prior_sample.width != nn::kCompletionSize
                              ? nn::to_images(completed.prior_sample).front()
                              : face.prior_sample;
}

Image alpha_of(const CompletedFace& completed, const RepairOptions& options, int side) {
  const Image& given = completed.face.hole;
  if (has_soft_edges(given)) return at_side(given, side);
  const Image& hole = options.blend == Blend::kPoisson ? completed.network_hole : given;
  return blend_alpha(scale_hole(hole, side), options.blend,
                     options.feather_px * side / nn::kCompletionSize);
}

// The crop with the completion where alpha shows it; empty if the refinement failed.
Image painted(const CompletedFace& completed, const Image& crop, const Image& alpha,
              const RepairOptions& options, nn::RefinementNetwork& refinement) {
  const int side = crop.width;
  Image completion = crop;
  const Window window(at_side(alpha, nn::kCompletionSize), side);
  if (!window.is_empty())
    paste(completion, window,
          side == nn::kCompletionSize ? window.of(completed.output.image)
                                      : enlarged_completion(completed, window, side));
  if (!refinement.is_empty()) {
    const Image hole = dilate(scale_hole(completed.face.hole, side),
                              options.guard_px * side / static_cast<int>(nn::kCompletionSize));
    // What comes from another look at the face is the person's own.
    at::Tensor invented = 1 - completed.output.confidence;
    if (completed.detail.share.defined()) invented = invented * (1 - completed.detail.share);
    if (!refine(completion, crop, hole, invented, refinement)) return {};
  }
  // Compositing mixes a painted pixel with those beside it.
  follow_toning(completion, crop, known_pixels(completed.face, side), dilate(alpha, 1));
  return completion;
}

}  // namespace

double mean_in_hole(const at::Tensor& map, const at::Tensor& hole) {
  return (map * hole).sum().item<double>() / std::max(hole.sum().item<double>(), 1.0);
}

RepairedFace finish_face(CompletedFace completed, const RepairOptions& options,
                         nn::RefinementNetwork refinement) {
  RepairedFace result;
  describe(completed, result);
  at::Tensor& image = completed.output.image;
  if (options.blend == Blend::kPoisson) image = meet(image, completed.crop, completed.hole);
  const int side = std::max(nn::kCompletionSize, completed.face.crop.width);
  const Image crop = at_side(completed.face.crop, side);
  result.failed = !at::isfinite(image).all().item<bool>();
  if (!result.failed) {
    result.alpha = alpha_of(completed, options, side);
    result.completion = painted(completed, crop, result.alpha, options, refinement);
    result.failed = result.completion.empty();
  }
  if (result.failed) {
    result.repaired = crop;
    result.alpha = Image(side, side, 1);
    return result;
  }
  result.repaired = blend_images(crop, result.completion, result.alpha);
  return result;
}

}  // namespace ganface::repair
