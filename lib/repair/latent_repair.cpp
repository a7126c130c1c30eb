// SPDX-License-Identifier: MIT
// Owns the repair of faces by a search of a generator's latent space: scaling, search, restarts.
#include "repair/latent_repair.h"

#include <ganface/holes.h>

#include <algorithm>

#include "models/latent_metric.h"
#include "nn/runtime/images.h"
#include "repair/blend.h"
#include "repair/damage.h"
#include "repair/latent_search.h"

namespace ganface::repair {
namespace {

// Share of the schedule behind a face that starts from an earlier frame's z, or the encoder's.
constexpr double kWarmShare = 0.6;

// Each face's own start where it has one, else the start for all: every face the same z, or the
// encoder's, so that a face's result does not depend on its place in the batch.
SearchStart choose_start(const std::vector<DamagedFace>& faces, const std::vector<size_t>& damaged,
                         const at::Tensor& common, bool own) {
  SearchStart start{common, at::zeros({common.size(0)}), {}, {}};
  for (size_t row = 0; own && row < damaged.size(); ++row) {
    const std::vector<float>& z = faces[damaged[row]].start;
    if (static_cast<int64_t>(z.size()) != common.size(1)) continue;
    start.z[static_cast<int64_t>(row)] = at::tensor(z);
    start.done[static_cast<int64_t>(row)] = kWarmShare;
  }
  return start;
}

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
  std::vector<Image> crops, holes, guarded;
  std::vector<size_t> damaged;
  for (size_t i = 0; i < faces.size(); ++i) {
    const Image crop = resize(faces[i].crop.view(), side, side);
    if (is_empty(faces[i].hole)) {
      repaired[i].completion = repaired[i].repaired = crop;
      repaired[i].alpha = Image(side, side, 1);
      continue;
    }
    crops.push_back(crop);
    holes.push_back(scale_hole(faces[i].hole, side));
    guarded.push_back(dilate(holes.back(), options.guard_px));
    damaged.push_back(i);
  }
  if (damaged.empty()) return repaired;

  const int64_t latent_size = model_.generator->options.latent_size;
  const torch::Device device = execution_.device;
  const at::Tensor batch = nn::network_input(nn::stack_images(crops)).to(device);
  std::vector<const Image*> masks;
  for (const Image& hole : guarded) masks.push_back(&hole);
  const at::Tensor missing = nn::stack_masks(masks).to(device);

  at::Tensor encoded;
  if (options.search.start == Start::kEncoder && has_encoder()) {
    torch::NoGradGuard no_gradient;
    encoded = model_.encoder(batch, missing);
  }
  const at::Tensor steps_through = preconditioner(options.search.preconditioning);
  std::vector<double> best(damaged.size());
  for (const size_t i : damaged) repaired[i].failed = true;
  for (int restart = 0; restart < options.search.restarts; ++restart) {
    SearchOptions attempt = options.search;
    attempt.seed += static_cast<uint64_t>(restart);
    const auto count = static_cast<int64_t>(damaged.size());
    at::Tensor common = nn::sample_latent(1, latent_size, attempt.seed).repeat({count, 1});
    if (restart == 0 && encoded.defined()) common = encoded.cpu().clone();
    SearchStart start = choose_start(faces, damaged, common, restart == 0);
    start.anchor = encoded;
    start.preconditioner = steps_through;
    const SearchResult found = search(model_, batch, missing, start, attempt, device, stop);
    const at::Tensor latents = found.z.cpu().contiguous();
    const std::vector<Image> images = nn::to_images(found.completions);
    for (size_t i = 0; i < damaged.size(); ++i) {
      RepairedFace& face = repaired[damaged[i]];
      face.iterations += found.iterations[i];
      const double loss = found.contextual[i] + options.search.lambda * found.perceptual[i];
      if (!found.found[i] || (!face.failed && loss >= best[i])) continue;
      best[i] = loss;
      face.failed = false;
      face.contextual_loss = found.contextual[i];
      face.perceptual_loss = found.perceptual[i];
      face.completion = images[i];
      const float* z = latents[static_cast<int64_t>(i)].data_ptr<float>();
      face.latent.assign(z, z + latent_size);
    }
    if (stop && stop()) break;
  }
  for (size_t i = 0; i < damaged.size(); ++i) {
    RepairedFace& face = repaired[damaged[i]];
    if (face.failed) {
      face.repaired = crops[i];
      face.alpha = Image(side, side, 1);
      continue;
    }
    const bool poisson = options.blend == Blend::kPoisson;
    if (poisson) face.completion = blend_poisson(crops[i], face.completion, guarded[i]);
    const Image& hole = faces[damaged[i]].hole;
    face.alpha = has_soft_edges(hole) ? resize(hole.view(), side, side)
                                      : blend_alpha(poisson ? guarded[i] : holes[i], options.blend,
                                                    options.feather_px);
    face.repaired = blend_images(crops[i], face.completion, face.alpha);
  }
  return repaired;
}

}  // namespace ganface::repair
