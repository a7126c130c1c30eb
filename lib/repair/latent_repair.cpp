// SPDX-License-Identifier: MIT
// Owns the repair of faces by a search of a generator's latent space: scaling, search, restarts.
#include "repair/latent_repair.h"

#include <ganface/holes.h>

#include <algorithm>

#include "models/latent_metric.h"
#include "nn/runtime/images.h"
#include "repair/blend.h"
#include "repair/damage.h"

namespace ganface::repair {
namespace {

// Share of the schedule behind a face that starts from an earlier frame's z.
constexpr double kWarmShare = 0.6;

}  // namespace

LatentRepair::LatentRepair(nn::Model model, nn::Execution execution)
    : execution_(std::move(execution)), model_(std::move(model)) {}

at::Tensor LatentRepair::preconditioner(double exponent) {
  if (exponent == 0) return {};
  if (!metric_.defined()) metric_ = nn::latent_metric(model_.generator, execution_);
  if (exponent != exponent_) power_ = nn::inverse_power(metric_, exponent).to(execution_.device);
  exponent_ = exponent;
  return power_;
}

std::vector<RepairedFace> LatentRepair::repair(const std::vector<DamagedFace>& faces,
                                               const RepairOptions& options,
                                               const StopCondition& stop) {
  const int side = size();
  std::vector<RepairedFace> repaired(faces.size());
  Batch batch;
  for (size_t i = 0; i < faces.size(); ++i) {
    const Image crop = resize(faces[i].crop.view(), side, side);
    if (is_empty(faces[i].hole)) {
      repaired[i] = untouched(crop);
      continue;
    }
    batch.faces.push_back(&faces[i]);
    batch.repaired.push_back(&repaired[i]);
    batch.crops.push_back(crop);
    batch.holes.push_back(scale_hole(faces[i].hole, side));
    batch.guarded.push_back(dilate(batch.holes.back(), options.guard_px));
  }
  if (batch.faces.empty()) return repaired;
  search_faces(batch, options.search, stop);
  for (size_t i = 0; i < batch.faces.size(); ++i) blend(batch, i, options);
  return repaired;
}

SearchTarget LatentRepair::target_of(const Batch& batch) const {
  std::vector<const Image*> masks;
  for (const Image& hole : batch.guarded) masks.push_back(&hole);
  return {nn::network_input(nn::stack_images(batch.crops)).to(execution_.device),
          nn::stack_masks(masks).to(execution_.device)};
}

void LatentRepair::search_faces(const Batch& batch, const SearchOptions& options,
                                const StopCondition& stop) {
  const SearchTarget target = target_of(batch);
  at::Tensor encoded;
  if (options.start == Start::kEncoder && has_encoder()) {
    torch::NoGradGuard no_gradient;
    encoded = model_.encoder(target.faces, target.holes);
  }
  const at::Tensor steps_through = preconditioner(options.preconditioning);
  const auto count = static_cast<int64_t>(batch.faces.size());
  for (RepairedFace* face : batch.repaired) face->failed = true;
  for (int restart = 0; restart < options.restarts; ++restart) {
    SearchOptions attempt = options;
    attempt.seed += static_cast<uint64_t>(restart);
    // Every face starts at the same z, or the encoder's, so that a face's result does not depend on
    // its place in the batch.
    at::Tensor z = nn::sample_latent(1, model_.generator->options.latent_size, attempt.seed)
                       .repeat({count, 1});
    if (restart == 0 && encoded.defined()) z = encoded.cpu().clone();
    SearchStart start{z, at::zeros({count}), encoded, steps_through};
    if (restart == 0) start_from_earlier(batch, start);
    take_better(batch, search(model_, target, start, attempt, stop), options.lambda);
    if (stop && stop()) break;
  }
}

// Faces that bring the z of an earlier frame start at it.
void LatentRepair::start_from_earlier(const Batch& batch, SearchStart& start) {
  for (size_t i = 0; i < batch.faces.size(); ++i) {
    const std::vector<float>& z = batch.faces[i]->start;
    if (static_cast<int64_t>(z.size()) != start.z.size(1)) continue;
    const auto row = static_cast<int64_t>(i);
    start.z[row] = at::tensor(z);
    start.done[row] = kWarmShare;
  }
}

// Of the searches of a face, the one with the lowest loss counts.
void LatentRepair::take_better(const Batch& batch, const SearchResult& found, double lambda) {
  const at::Tensor latents = found.z.cpu().contiguous();
  const std::vector<Image> images = nn::to_images(found.completions);
  for (size_t i = 0; i < batch.faces.size(); ++i) {
    RepairedFace& face = *batch.repaired[i];
    face.iterations += found.iterations[i];
    const double loss = found.contextual[i] + lambda * found.perceptual[i];
    const double best = face.contextual_loss + lambda * face.perceptual_loss;
    if (!found.found[i] || (!face.failed && loss >= best)) continue;
    face.failed = false;
    face.contextual_loss = found.contextual[i];
    face.perceptual_loss = found.perceptual[i];
    face.completion = images[i];
    const float* z = latents[static_cast<int64_t>(i)].data_ptr<float>();
    face.latent.assign(z, z + latents.size(1));
  }
}

void LatentRepair::blend(const Batch& batch, size_t i, const RepairOptions& options) {
  const Image& crop = batch.crops[i];
  RepairedFace& face = *batch.repaired[i];
  if (face.failed) {
    face.repaired = crop;
    face.alpha = Image(crop.width, crop.height, 1);
    return;
  }
  const bool poisson = options.blend == Blend::kPoisson;
  const Image& hole = poisson ? batch.guarded[i] : batch.holes[i];
  if (poisson) face.completion = blend_poisson(crop, face.completion, hole);
  const Image& given = batch.faces[i]->hole;
  face.alpha = has_soft_edges(given) ? resize(given.view(), crop.width, crop.height)
                                     : blend_alpha(hole, options.blend, options.feather_px);
  face.repaired = blend_images(crop, face.completion, face.alpha);
}

}  // namespace ganface::repair
