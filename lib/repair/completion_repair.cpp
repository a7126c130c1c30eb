// SPDX-License-Identifier: MIT
// Owns the repair of faces in one pass of the completion network.
#include "repair/completion_repair.h"

#include <ATen/ATen.h>
#include <ganface/holes.h>

#include <algorithm>

#include "nn/runtime/device.h"
#include "nn/runtime/helper_threads.h"
#include "nn/runtime/images.h"
#include "nn/runtime/parallel_for.h"
#include "repair/completed_face.h"
#include "repair/damage.h"
#include "repair/face_look.h"

namespace ganface::repair {
namespace {

constexpr size_t kFacesOfOneThread = 4;    // more share the processors
constexpr double kLittleConfidence = 0.1;  // in a reference, in the hole: as good as none
constexpr double kFullConfidence = 0.9;    // leaves nothing to a photograph

using Rows = std::vector<int64_t>;  // of a batch

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

at::Tensor masks_tensor(const std::vector<Image>& masks) {
  std::vector<const Image*> list;
  for (const Image& mask : masks) list.push_back(&mask);
  return nn::stack_masks(list);
}

at::Tensor images_tensor(const std::vector<Image>& images) {
  return nn::network_input(nn::stack_images(images)).contiguous();
}

at::Tensor index_on(const torch::Device& device, const Rows& rows) {
  return at::tensor(rows).to(device);
}

Rows without_reference(const std::vector<const DamagedFace*>& faces) {
  Rows rows;
  for (size_t i = 0; i < faces.size(); ++i)
    if (faces[i]->reference.empty()) rows.push_back(static_cast<int64_t>(i));
  return rows;
}

// Faces whose reference is hardly to be trusted, and faces that another look gives detail to.
struct Doubts {
  Rows doubted, detailed;
};

Doubts doubts_of(const std::vector<const DamagedFace*>& faces, const at::Tensor& confidences,
                 const at::Tensor& holes, bool often) {
  Doubts doubts;
  for (size_t i = 0; i < faces.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const bool has_reference = !faces[i]->reference.empty();
    const bool has_photograph = !faces[i]->photograph.empty();
    if (!has_reference && !has_photograph) continue;
    const double confidence = has_reference ? mean_in_hole(confidences[row], holes[row]) : 0;
    const bool is_doubted = often && has_reference && confidence < kLittleConfidence;
    if (is_doubted) doubts.doubted.push_back(row);
    if (is_doubted || (has_photograph && confidence < kFullConfidence))
      doubts.detailed.push_back(row);
  }
  return doubts;
}

// The detail of another look at each face of these rows.
nn::PersonDetail detail_of(const std::vector<const DamagedFace*>& faces, const Rows& rows,
                           const at::Tensor& composed, const at::Tensor& hole) {
  std::vector<at::Tensor> looks;
  for (const int64_t row : rows)
    looks.push_back(
        FaceLook::of_person(*faces[static_cast<size_t>(row)]).tensor(nn::kCompletionSize));
  return nn::lay_photograph(composed, hole, at::cat(looks).to(composed.device()));
}

}  // namespace

CompletionRepair::CompletionRepair(nn::CompletionModel model, nn::Execution execution)
    : model_(std::move(model)), execution_(std::move(execution)) {}

void CompletionRepair::warm_up() {
  constexpr size_t kMostFaces = 2;
  constexpr int kLarge = 2 * nn::kCompletionSize;
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

std::vector<RepairedFace> CompletionRepair::repair(const std::vector<DamagedFace>& faces,
                                                   const RepairOptions& options,
                                                   const StopCondition&) {
  torch::NoGradGuard no_gradient;
  const bool few = faces.size() <= kFacesOfOneThread;
  const nn::OneThread one_thread(few);
  const nn::Helped helped(few && !options.completion.one_thread);
  std::vector<RepairedFace> repaired(faces.size());
  const Batch batch = damaged_among(faces, options.guard_px, repaired);
  if (batch.faces.empty()) return repaired;
  const nn::CompletionInput input = input_of(batch);
  const Completed answer = completed(input, batch.faces, options.completion.test_time_augmentation);
  finish(batch, input, answer, options);
  return repaired;
}

CompletionRepair::Batch CompletionRepair::damaged_among(const std::vector<DamagedFace>& faces,
                                                        int guard_px,
                                                        std::vector<RepairedFace>& repaired) {
  Batch batch;
  for (size_t i = 0; i < faces.size(); ++i) {
    const DamagedFace& face = faces[i];
    if (is_empty(face.hole)) {
      repaired[i] = untouched(at_side(face.crop, std::max(nn::kCompletionSize, face.crop.width)));
      continue;
    }
    const bool has_reference = !face.reference.empty();
    batch.faces.push_back(&face);
    batch.repaired.push_back(&repaired[i]);
    batch.crops.push_back(at_side(face.crop, nn::kCompletionSize));
    batch.holes.push_back(dilate(scale_hole(face.hole, nn::kCompletionSize), guard_px));
    batch.any_reference |= has_reference;
    batch.references.push_back(has_reference ? at_side(face.reference, nn::kCompletionSize)
                                             : Image(nn::kCompletionSize, nn::kCompletionSize, 3));
    batch.known.push_back(has_reference ? scaled_known(face.known, nn::kCompletionSize)
                                        : Image(nn::kCompletionSize, nn::kCompletionSize, 1));
  }
  return batch;
}

nn::CompletionInput CompletionRepair::input_of(const Batch& batch) {
  const torch::Device& device = execution_.device;
  nn::CompletionInput input;
  input.crop = images_tensor(batch.crops).to(device);
  input.hole = masks_tensor(batch.holes).to(device);
  if (batch.any_reference) {
    input.reference = images_tensor(batch.references).to(device);
    input.valid = masks_tensor(batch.known).to(device);
  }
  if (!model_.prior.is_empty()) input.prior_sample = prior_samples(batch.faces, input);
  return input;
}

at::Tensor CompletionRepair::prior_samples(const std::vector<const DamagedFace*>& faces,
                                           const nn::CompletionInput& input) {
  const auto has_sample = [](const DamagedFace* face) {
    return face->prior_sample.width == nn::kCompletionSize;
  };
  Rows missing;
  for (size_t i = 0; i < faces.size(); ++i)
    if (!has_sample(faces[i])) missing.push_back(static_cast<int64_t>(i));
  if (missing.size() == faces.size()) return model_.prior.sample(input.crop, input.hole);
  at::Tensor prior_sample = at::empty_like(input.crop);
  for (size_t i = 0; i < faces.size(); ++i)
    if (has_sample(faces[i]))
      prior_sample[static_cast<int64_t>(i)].copy_(tensor_of(faces[i]->prior_sample)[0]);
  if (!missing.empty()) {
    const at::Tensor rows = index_on(prior_sample.device(), missing);
    prior_sample.index_copy_(
        0, rows,
        model_.prior.sample(input.crop.index_select(0, rows), input.hole.index_select(0, rows)));
  }
  return prior_sample;
}

CompletionRepair::Completed CompletionRepair::completed(
    const nn::CompletionInput& input, const std::vector<const DamagedFace*>& faces, bool often) {
  const torch::Device device = input.crop.device();
  Completed result;
  nn::CompletionOutput& output = result.output;
  Rows vague;  // faces without a look that helps
  if (often) vague = without_reference(faces);
  output = vague.empty()
               ? model_.network(input)
               : nn::test_time_augmentation(model_.network, input, index_on(device, vague));
  const auto [doubted, detailed] = doubts_of(faces, output.confidence, input.hole, often);
  if (!doubted.empty()) nn::look_again(model_.network, input, index_on(device, doubted), output);
  vague.insert(vague.end(), doubted.begin(), doubted.end());
  result.vague = vague;
  if (vague.empty() && detailed.empty()) return result;

  const at::Tensor composed = input.crop + input.hole * (output.image - input.crop);
  at::Tensor finished = composed.clone();
  if (!vague.empty()) {
    const at::Tensor rows = index_on(device, vague), own = composed.index_select(0, rows);
    // What comes from a reference is sharp.
    const at::Tensor painted = 1 - output.confidence.index_select(0, rows);
    finished.index_copy_(
        0, rows, own + painted * (model_.sharpening(own, input.hole.index_select(0, rows)) - own));
  }
  if (!detailed.empty()) {
    const at::Tensor rows = index_on(device, detailed);
    const auto own = [&](const at::Tensor& x) { return x.index_select(0, rows); };
    nn::PersonDetail detail = detail_of(faces, detailed, own(composed), own(input.hole));
    detail.share = detail.share * (1 - own(output.confidence));
    finished.index_copy_(0, rows, nn::with_detail(own(composed), own(finished), detail));
    result.detail = changed(detail, [&](const at::Tensor& x) {
      std::vector<int64_t> sizes = x.sizes().vec();
      sizes[0] = static_cast<int64_t>(faces.size());
      return at::zeros(sizes, x.options()).index_copy(0, rows, x);
    });
  }
  output.image = output.image + input.hole * (finished - composed);
  return result;
}

void CompletionRepair::finish(const Batch& batch, const nn::CompletionInput& input,
                              const Completed& answer, const RepairOptions& options) {
  const auto on_cpu = [](const at::Tensor& x) { return x.cpu(); };
  const nn::CompletionOutput output = changed(answer.output, on_cpu);
  const nn::PersonDetail detail = changed(answer.detail, on_cpu);
  const at::Tensor crop = input.crop.cpu(), hole = input.hole.cpu();
  const at::Tensor prior_sample = changed(input.prior_sample, on_cpu);
  nn::parallel_for(static_cast<int64_t>(batch.faces.size()), [&](int64_t row) {
    torch::NoGradGuard no_gradient_here;
    const auto own = [row](const at::Tensor& x) { return x.slice(0, row, row + 1); };
    const auto i = static_cast<size_t>(row);
    const bool is_vague =
        std::find(answer.vague.begin(), answer.vague.end(), row) != answer.vague.end();
    *batch.repaired[i] =
        finish_face({*batch.faces[i], own(crop), own(hole), changed(prior_sample, own),
                     batch.holes[i], changed(output, own), changed(detail, own)},
                    options, is_vague ? model_.refinement : nn::RefinementNetwork(nullptr));
  });
}

}  // namespace ganface::repair
