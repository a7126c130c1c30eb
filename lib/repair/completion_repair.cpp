// SPDX-License-Identifier: MIT
// Owns the repair of faces in one pass of the completion network.
#include "repair/completion_repair.h"

#include <ATen/ATen.h>
#include <ganface/holes.h>

#include <algorithm>
#include <numeric>

#include "image/pixel_box.h"
#include "nn/layers/hole_filling.h"
#include "nn/runtime/device.h"
#include "nn/runtime/helper_threads.h"
#include "nn/runtime/images.h"
#include "nn/runtime/parallel_for.h"
#include "repair/blend.h"
#include "repair/damage.h"
#include "repair/toning.h"

namespace ganface::repair {
namespace {

constexpr int kSide = nn::kCompletionSize;
constexpr size_t kFacesOfOneThread = 4;    // more share the processors
constexpr double kLittleConfidence = 0.1;  // in a reference, in the hole: as good as none
constexpr double kFullConfidence = 0.9;    // leaves nothing to a photograph
constexpr uint8_t kKnown = 250;  // of 255: a pixel of a scaled mask that was known all over

// A pixel of the scaled mask is known when all of it was.
Image scaled_known(const Image& known, int side) {
  Image small = at_side(known, side);
  for (uint8_t& pixel : small.pixels) pixel = pixel >= kKnown ? 255 : 0;
  return small;
}

at::Tensor tensor_of(const Image& image) {
  return nn::network_input(nn::stack_images({image})).contiguous();
}

std::vector<float> values_of(const at::Tensor& field) {
  const at::Tensor values = field.to(torch::kFloat32).contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

// change() of a tensor, where there is one.
template <typename Change>
at::Tensor changed(const at::Tensor& tensor, Change change) {
  return tensor.defined() ? change(tensor) : tensor;
}

template <typename Change>
nn::ReferenceField changed(const nn::ReferenceField& field, Change change) {
  return {changed(field.flow, change), changed(field.gain, change), changed(field.offset, change)};
}

// Of each tensor of the output but those that only training reads.
template <typename Change>
nn::CompletionOutput changed(const nn::CompletionOutput& output, Change change) {
  return {changed(output.image, change),     changed(output.confidence, change),
          changed(output.reference, change), changed(output.valid, change),
          changed(output.field, change),     {}};
}

template <typename Change>
nn::PersonDetail changed(const nn::PersonDetail& detail, Change change) {
  return {changed(detail.field, change), changed(detail.picture, change),
          changed(detail.share, change)};
}

// Mean of a map over a hole, both of one shape.
double mean_in_hole(const at::Tensor& map, const at::Tensor& hole) {
  return (map * hole).sum().item<double>() / std::max(hole.sum().item<double>(), 1.0);
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
    const int64_t step = kSide / std::gcd(kSide, crop_side);
    left = std::max<int64_t>(0, left - kMargin) / step * step;
    top = std::max<int64_t>(0, top - kMargin) / step * step;
    right = std::min<int64_t>(kSide, (right + kMargin + step) / step * step);
    bottom = std::min<int64_t>(kSide, (bottom + kMargin + step) / step * step);
  }
  bool is_empty() const { return left >= right; }
  nn::PicturePart at_side(int64_t side) const {
    return {left * side / kSide, top * side / kSide, right * side / kSide, bottom * side / kSide};
  }
  at::Tensor of(const at::Tensor& x) const {
    const nn::PicturePart part = at_side(x.size(2));
    return x.slice(2, part.top, part.bottom).slice(3, part.left, part.right);
  }
};

// Puts a window's pixels [1, 3, h, w] into an image.
void paste(Image& image, const Window& window, const at::Tensor& pixels) {
  const Image part = nn::to_images(pixels).front();
  const auto left = static_cast<int>(window.left * image.width / kSide);
  const auto top = static_cast<int>(window.top * image.height / kSide);
  for (int y = 0; y < part.height; ++y)
    std::copy_n(part.row(y), 3 * part.width, image.row(top + y) + 3 * left);
}

// Another look at a face: what it looked like before, or a photograph of the person.
struct Look {
  const Image& picture;
  const Image* known;  // nothing: all of it

  static Look before(const DamagedFace& face) { return {face.reference, &face.known}; }
  static Look of_person(const DamagedFace& face) {
    return face.photograph.empty() ? before(face) : Look{face.photograph, nullptr};
  }
  // Colours, 0 where they are not known, and where they are: [1, 4, side, side].
  at::Tensor tensor(int side) const {
    const at::Tensor colours = tensor_of(at_side(picture, side));
    if (known == nullptr) return at::cat({colours, at::ones({1, 1, side, side})}, 1);
    const Image scaled = scaled_known(*known, side);
    const at::Tensor valid = nn::stack_masks({&scaled});
    return at::cat({colours * valid, valid}, 1);
  }
};

// A window of the completion at the side of a larger crop: what the network painted, enlarged, and
// what comes from the reference at its own sharpness.
at::Tensor enlarged_completion(const nn::CompletionOutput& output, const nn::PersonDetail& detail,
                               const DamagedFace& face, const Window& window, int side) {
  const nn::PicturePart part = window.at_side(side);
  const int64_t rows = part.bottom - part.top, columns = part.right - part.left;
  const auto enlarged = [&](const at::Tensor& x) {
    return at::upsample_bicubic2d(window.of(x).contiguous(), {rows, columns}, false);
  };
  at::Tensor completion = enlarged(output.image);
  // A share of another look, as large as the crop, instead of what is in the completion of it.
  const auto enlarge = [&](const Look& look, const nn::ReferenceField& field,
                           const at::Tensor& small, const at::Tensor& share) {
    const at::Tensor shares =
        at::upsample_bilinear2d(window.of(share).contiguous(), {rows, columns}, false);
    const at::Tensor large =
        field.show(look.tensor(side), nn::Sampling::kBicubic, part).slice(1, 0, 3);
    completion = completion + shares * large - enlarged(share * small);
  };
  if (!face.reference.empty())
    enlarge(Look::before(face), output.field, output.reference, output.confidence);
  if (detail.share.defined() && detail.share.max().item<float>() > 0)
    enlarge(Look::of_person(face), detail.field, detail.picture, detail.share);
  return completion;
}

ReferenceMatch match_of(const nn::CompletionOutput& output, const at::Tensor& crop,
                        const at::Tensor& hole) {
  ReferenceMatch match;
  if (!output.field.flow.defined()) return match;
  match.flow = values_of(output.field.flow / 2);
  match.gain = values_of(output.field.gain);
  match.offset = values_of(output.field.offset);
  match.confidence = Image(kSide, kSide, 1);
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

// A face with what the network made of it, on the CPU.
struct CompletedFace {
  const DamagedFace& face;
  const at::Tensor crop, hole,
      prior_sample;  // [1, channels, 128, 128]; a prior_sample only with a prior
  const Image& network_hole;
  nn::CompletionOutput output;
  nn::PersonDetail detail;
};

// 255 where the crop shows what is there; an occluder's edge bleeds into what is beside it.
Image known_pixels(const DamagedFace& face, int side) {
  Image known = dilate(scale_hole(face.hole, side), side / 64);
  for (uint8_t& pixel : known.pixels) pixel = pixel == 0 ? 255 : 0;
  return known;
}

void finish_face(CompletedFace completed, const RepairOptions& options, RepairedFace& result) {
  const DamagedFace& face = completed.face;
  nn::CompletionOutput& output = completed.output;
  const at::Tensor &crop = completed.crop, &hole = completed.hole;
  const int side = std::max(kSide, face.crop.width);
  const at::Tensor kept = 1 - hole;
  result.contextual_loss = ((output.image - crop).abs().mean(1, true) * kept).sum().item<double>() /
                           std::max(kept.sum().item<double>(), 1.0);
  result.iterations = 1;
  if (!face.reference.empty()) result.match = match_of(output, crop, hole);
  if (completed.detail.share.defined())
    result.detailed = mean_in_hole(completed.detail.share, hole);
  if (completed.prior_sample.defined())
    result.prior_sample = face.prior_sample.width != kSide
                              ? nn::to_images(completed.prior_sample).front()
                              : face.prior_sample;
  const bool poisson = options.blend == Blend::kPoisson;
  if (poisson) output.image = meet(output.image, crop, hole);
  const Image& own_hole = poisson ? completed.network_hole : face.hole;
  result.alpha = has_soft_edges(face.hole) ? at_side(face.hole, side)
                                           : blend_alpha(scale_hole(own_hole, side), options.blend,
                                                         options.feather_px * side / kSide);
  const Image whole = at_side(face.crop, side);
  const Window window(at_side(result.alpha, kSide), side);
  result.completion = whole;
  if (!window.is_empty())
    paste(result.completion, window,
          side == kSide ? window.of(output.image)
                        : enlarged_completion(output, completed.detail, face, window, side));
  // Compositing mixes a painted pixel with those beside it.
  follow_toning(result.completion, whole, known_pixels(face, side), dilate(result.alpha, 1));
  result.repaired = blend_images(whole, result.completion, result.alpha);
  result.failed = !at::isfinite(output.image).all().item<bool>();
  if (result.failed) {
    result.repaired = whole;
    result.completion = {};
    result.alpha = Image(side, side, 1);
  }
}

}  // namespace

CompletionRepair::CompletionRepair(nn::CompletionModel model, nn::Execution execution)
    : model_(std::move(model)), execution_(std::move(execution)) {}

void CompletionRepair::warm_up() {
  constexpr size_t kMostFaces = 2;
  constexpr int kLarge = 2 * kSide;
  const Image grey(kLarge, kLarge, 3, 128), everywhere(kLarge, kLarge, 1, 255);
  DamagedFace face;
  face.crop = grey;
  face.hole = region_hole(Region::kCenter, kLarge, 0);
  RepairOptions options;
  options.blend = Blend::kPoisson;
  repair({face}, options, {});
  face.reference = grey;
  face.known = everywhere;
  for (size_t count = 1; count <= kMostFaces; ++count)
    repair(std::vector<DamagedFace>(count, face), options, {});
}

at::Tensor CompletionRepair::prior_samples(const std::vector<DamagedFace>& faces,
                                           const std::vector<size_t>& damaged,
                                           const nn::CompletionInput& input) {
  std::vector<int64_t> missing;
  for (size_t i = 0; i < damaged.size(); ++i)
    if (faces[damaged[i]].prior_sample.width != kSide) missing.push_back(static_cast<int64_t>(i));
  if (missing.size() == damaged.size()) return model_.prior.sample(input.crop, input.hole);
  at::Tensor prior_sample = at::empty_like(input.crop);
  for (size_t i = 0; i < damaged.size(); ++i)
    if (faces[damaged[i]].prior_sample.width == kSide)
      prior_sample[static_cast<int64_t>(i)].copy_(tensor_of(faces[damaged[i]].prior_sample)[0]);
  if (!missing.empty()) {
    const at::Tensor rows = at::tensor(missing).to(prior_sample.device());
    prior_sample.index_copy_(
        0, rows,
        model_.prior.sample(input.crop.index_select(0, rows), input.hole.index_select(0, rows)));
  }
  return prior_sample;
}

CompletionRepair::Completed CompletionRepair::completed(
    const nn::CompletionInput& input, const std::vector<const DamagedFace*>& faces, bool often) {
  const auto rows_of = [&](const std::vector<int64_t>& list) {
    return at::tensor(list).to(input.crop.device());
  };
  Completed result;
  nn::CompletionOutput& output = result.output;
  const auto count = static_cast<int64_t>(faces.size());
  std::vector<int64_t> vague, detailed;  // faces without a look that helps; those with a detail
  const auto own_face = [&](int64_t row) { return faces[static_cast<size_t>(row)]; };
  for (int64_t row = 0; often && row < count; ++row)
    if (own_face(row)->reference.empty()) vague.push_back(row);
  output = vague.empty() ? model_.network(input)
                         : nn::test_time_augmentation(model_.network, input, rows_of(vague));
  std::vector<int64_t> doubted;
  for (int64_t row = 0; row < count; ++row) {
    const bool has_reference = !own_face(row)->reference.empty();
    const bool has_photograph = !own_face(row)->photograph.empty();
    if (!has_reference && !has_photograph) continue;
    const double confidence =
        has_reference ? mean_in_hole(output.confidence[row], input.hole[row]) : 0;
    const bool is_doubted = often && has_reference && confidence < kLittleConfidence;
    if (is_doubted) doubted.push_back(row);
    if (is_doubted || (has_photograph && confidence < kFullConfidence)) detailed.push_back(row);
  }
  if (!doubted.empty()) nn::look_again(model_.network, input, rows_of(doubted), output);
  vague.insert(vague.end(), doubted.begin(), doubted.end());
  if (vague.empty() && detailed.empty()) return result;

  const at::Tensor composed = input.crop + input.hole * (output.image - input.crop);
  at::Tensor finished = composed.clone();
  if (!vague.empty()) {
    const at::Tensor rows = rows_of(vague), own = composed.index_select(0, rows);
    // What comes from a reference is sharp.
    const at::Tensor painted = 1 - output.confidence.index_select(0, rows);
    finished.index_copy_(
        0, rows, own + painted * (model_.sharpening(own, input.hole.index_select(0, rows)) - own));
  }
  if (!detailed.empty()) {
    const at::Tensor rows = rows_of(detailed);
    const auto own = [&](const at::Tensor& x) { return x.index_select(0, rows); };
    std::vector<at::Tensor> looks;
    for (const int64_t row : detailed)
      looks.push_back(Look::of_person(*own_face(row)).tensor(kSide));
    nn::PersonDetail detail =
        nn::lay_photograph(own(composed), own(input.hole), at::cat(looks).to(input.crop.device()));
    detail.share = detail.share * (1 - own(output.confidence));
    finished.index_copy_(0, rows, nn::with_detail(own(composed), own(finished), detail));
    result.detail = changed(detail, [&](const at::Tensor& x) {
      std::vector<int64_t> sizes = x.sizes().vec();
      sizes[0] = count;
      return at::zeros(sizes, x.options()).index_copy(0, rows, x);
    });
  }
  output.image = output.image + input.hole * (finished - composed);
  return result;
}

std::vector<RepairedFace> CompletionRepair::repair(const std::vector<DamagedFace>& faces,
                                                   const RepairOptions& options,
                                                   const StopCondition&) {
  torch::NoGradGuard no_gradient;
  const bool few = faces.size() <= kFacesOfOneThread;
  const nn::OneThread one_thread(few);
  const nn::Helped helped(few && !options.completion.one_thread);
  std::vector<RepairedFace> repaired(faces.size());
  std::vector<Image> crops, references, holes, known;
  std::vector<size_t> damaged;
  bool any_reference = false;
  for (size_t i = 0; i < faces.size(); ++i) {
    const DamagedFace& face = faces[i];
    const int side = std::max(kSide, face.crop.width);
    if (is_empty(face.hole)) {
      repaired[i].completion = repaired[i].repaired = at_side(face.crop, side);
      repaired[i].alpha = Image(side, side, 1);
      continue;
    }
    const bool has_reference = !face.reference.empty();
    damaged.push_back(i);
    crops.push_back(at_side(face.crop, kSide));
    holes.push_back(dilate(scale_hole(face.hole, kSide), options.guard_px));
    any_reference = any_reference || has_reference;
    references.push_back(has_reference ? at_side(face.reference, kSide) : Image(kSide, kSide, 3));
    known.push_back(has_reference ? scaled_known(face.known, kSide) : Image(kSide, kSide, 1));
  }
  if (damaged.empty()) return repaired;

  const torch::Device& device = execution_.device;
  const auto masks = [&](const std::vector<Image>& images) {
    std::vector<const Image*> list;
    for (const Image& image : images) list.push_back(&image);
    return nn::stack_masks(list).to(device);
  };
  nn::CompletionInput input;
  input.crop = nn::network_input(nn::stack_images(crops)).contiguous().to(device);
  input.hole = masks(holes);
  if (any_reference) {
    input.reference = nn::network_input(nn::stack_images(references)).contiguous().to(device);
    input.valid = masks(known);
  }
  if (!model_.prior.is_empty()) input.prior_sample = prior_samples(faces, damaged, input);
  const auto on_cpu = [](const at::Tensor& x) { return x.cpu(); };
  std::vector<const DamagedFace*> theirs;
  for (const size_t i : damaged) theirs.push_back(&faces[i]);
  const Completed all = completed(input, theirs, options.completion.test_time_augmentation);
  const nn::CompletionOutput output = changed(all.output, on_cpu);
  const nn::PersonDetail detail = changed(all.detail, on_cpu);
  const at::Tensor crop = input.crop.cpu(), hole = input.hole.cpu();
  const at::Tensor prior_sample =
      input.prior_sample.defined() ? input.prior_sample.cpu() : input.prior_sample;

  nn::parallel_for(static_cast<int64_t>(damaged.size()), [&](int64_t row) {
    torch::NoGradGuard no_gradient_here;
    const auto own = [row](const at::Tensor& x) { return x.slice(0, row, row + 1); };
    const auto i = static_cast<size_t>(row);
    finish_face({faces[damaged[i]], own(crop), own(hole),
                 prior_sample.defined() ? own(prior_sample) : prior_sample, holes[i],
                 changed(output, own), changed(detail, own)},
                options, repaired[damaged[i]]);
  });
  return repaired;
}

}  // namespace ganface::repair
