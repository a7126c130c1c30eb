// SPDX-License-Identifier: MIT
// Owns the repair of faces in one pass of the completion network.
#include "repair/completion_repair.h"

#include <ATen/ATen.h>
#include <ganface/holes.h>

#include <algorithm>

#include "gan/hole_filling.h"
#include "gan/images.h"
#include "repair/blend.h"
#include "repair/damage.h"

namespace ganface::repair {
namespace {

constexpr int kSide = gan::kCompletionSize;
constexpr uint8_t kKnown = 250;  // of 255: a pixel of a scaled mask that was known all over

// A pixel of the scaled mask is known when all of it was.
Image scaled_known(const Image& known, int side) {
  Image small = at_side(known, side);
  for (uint8_t& pixel : small.pixels) pixel = pixel >= kKnown ? 255 : 0;
  return small;
}

at::Tensor enlarged_to(const at::Tensor& x, int64_t side) {
  return at::upsample_bicubic2d(x, {side, side}, false);
}

at::Tensor tensor_of(const Image& image) {
  return gan::network_input(gan::stack_images({image})).contiguous();
}

std::vector<float> values_of(const at::Tensor& field) {
  const at::Tensor cpu = field.to(torch::kFloat32).cpu().contiguous();
  return {cpu.data_ptr<float>(), cpu.data_ptr<float>() + cpu.numel()};
}

// What a face's share of the batch's output is.
gan::CompletionOutput part(const gan::CompletionOutput& output, int64_t i) {
  const auto row = [i](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.slice(0, i, i + 1) : tensor;
  };
  return {row(output.image),
          row(output.trust),
          row(output.reference),
          row(output.valid),
          {row(output.field.flow), row(output.field.gain), row(output.field.offset)}};
}

// The completion at the side of a larger crop.
at::Tensor enlarged_completion(const gan::CompletionOutput& output, const DamagedFace& face,
                               int side, const torch::Device& device) {
  at::Tensor image = enlarged_to(output.image, side);
  if (face.reference.empty()) return image;
  const at::Tensor valid = gan::stack_masks({&face.known}).to(device);
  const at::Tensor reference = tensor_of(face.reference).to(device) * valid;
  const at::Tensor moved = output.field.move(at::cat({reference, valid}, 1));
  const at::Tensor lit = output.field.relight(moved.slice(1, 0, 3));
  // What of the reference the network's side is too small to show.
  const at::Tensor detail = lit - enlarged_to(at::adaptive_avg_pool2d(lit, {kSide, kSide}), side);
  const at::Tensor trust = at::upsample_bilinear2d(output.trust, {side, side}, false);
  return image + trust * moved.slice(1, 3, 4) * detail;
}

ReferenceMatch match_of(const gan::CompletionOutput& output, const at::Tensor& crop,
                        const at::Tensor& hole) {
  ReferenceMatch match;
  if (!output.field.flow.defined()) return match;
  match.flow = values_of(output.field.flow / 2);
  match.gain = values_of(output.field.gain);
  match.offset = values_of(output.field.offset);
  match.trust = Image(kSide, kSide, 1);
  const at::Tensor bytes = (output.trust * 255).round().to(torch::kUInt8).cpu().contiguous();
  std::copy_n(bytes.data_ptr<uint8_t>(), match.trust.pixels.size(), match.trust.pixels.begin());
  const at::Tensor both = (1 - hole) * output.valid;
  match.mismatch = ((output.reference - crop).abs().mean(1, true) * both).sum().item<double>() /
                   std::max(both.sum().item<double>(), 1.0) * 127.5;
  return match;
}

// The completion shifted smoothly so that it meets the crop around the hole: the difference outside
// it, spread into it by pull and push, which comes near to Poisson blending at a small part of its
// cost.
at::Tensor meet(const at::Tensor& completion, const at::Tensor& crop, const at::Tensor& hole) {
  return completion + gan::fill_holes(crop - completion, hole);
}

}  // namespace

CompletionRepair::CompletionRepair(gan::CompletionModel model, gan::Execution execution)
    : model_(std::move(model)), execution_(std::move(execution)) {}

std::vector<RepairedFace> CompletionRepair::repair(const std::vector<DamagedFace>& faces,
                                                   const RepairOptions& options,
                                                   const StopCondition&) {
  torch::NoGradGuard no_gradient;
  std::vector<RepairedFace> repaired(faces.size());
  std::vector<Image> crops, references, holes, known;
  std::vector<size_t> damaged;
  bool any_reference = false;
  for (size_t i = 0; i < faces.size(); ++i) {
    const DamagedFace& face = faces[i];
    const int side = std::max(kSide, face.crop.width);
    if (!has_hole(face.hole)) {
      repaired[i].completion = repaired[i].repaired = at_side(face.crop, side);
      repaired[i].alpha = Image(side, side, 1);
      continue;
    }
    damaged.push_back(i);
    crops.push_back(at_side(face.crop, kSide));
    holes.push_back(dilate(scale_hole(face.hole, kSide), options.guard_px));
    const bool has_reference = !face.reference.empty();
    any_reference = any_reference || has_reference;
    references.push_back(has_reference ? at_side(face.reference, kSide) : Image(kSide, kSide, 3));
    known.push_back(has_reference ? scaled_known(face.known, kSide) : Image(kSide, kSide, 1));
  }
  if (damaged.empty()) return repaired;

  const torch::Device& device = execution_.device;
  const auto masks = [&](const std::vector<Image>& images) {
    std::vector<const Image*> list;
    for (const Image& image : images) list.push_back(&image);
    return gan::stack_masks(list).to(device);
  };
  gan::CompletionInput input;
  input.crop = gan::network_input(gan::stack_images(crops)).contiguous().to(device);
  input.hole = masks(holes);
  if (any_reference) {
    input.reference = gan::network_input(gan::stack_images(references)).contiguous().to(device);
    input.valid = masks(known);
  }
  if (!model_.prior.is_empty()) input.guess = model_.prior.guess(input.crop, input.hole);
  const gan::CompletionOutput output = model_.network(input);

  for (size_t i = 0; i < damaged.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const DamagedFace& face = faces[damaged[i]];
    RepairedFace& result = repaired[damaged[i]];
    const int side = std::max(kSide, face.crop.width);
    gan::CompletionOutput own = part(output, row);
    const at::Tensor crop = input.crop.slice(0, row, row + 1);
    const at::Tensor hole = input.hole.slice(0, row, row + 1);
    const at::Tensor kept = 1 - hole;
    result.contextual_loss = ((own.image - crop).abs().mean(1, true) * kept).sum().item<double>() /
                             std::max(kept.sum().item<double>(), 1.0);
    result.iterations = 1;
    if (!face.reference.empty()) result.match = match_of(own, crop, hole);
    const bool poisson = options.blend == Blend::kPoisson;
    if (poisson) own.image = meet(own.image, crop, hole);
    result.completion =
        gan::to_images(side == kSide ? own.image : enlarged_completion(own, face, side, device))
            .front();
    const Image whole_hole = poisson ? scale_hole(holes[i], side) : scale_hole(face.hole, side);
    result.alpha = has_soft_edges(face.hole)
                       ? at_side(face.hole, side)
                       : blend_alpha(whole_hole, options.blend, options.feather_px * side / kSide);
    result.repaired = blend_images(at_side(face.crop, side), result.completion, result.alpha);
    result.failed = !at::isfinite(own.image).all().item<bool>();
    if (result.failed) {
      result.repaired = at_side(face.crop, side);
      result.completion = {};
      result.alpha = Image(side, side, 1);
    }
  }
  return repaired;
}

}  // namespace ganface::repair
