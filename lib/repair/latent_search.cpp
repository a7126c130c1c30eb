// SPDX-License-Identifier: MIT
// Owns the search of the latent space for the face that explains the kept pixels.
#include "repair/latent_search.h"

#include <ganface/error.h>

#include <cmath>
#include <limits>

namespace ganface::repair {
namespace {

constexpr int kNeighbourhood = 7;  // Yeh et al. 2017, eq. 3
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
constexpr int kPatience = 40;  // steps without the promised progress before a face stops

at::Tensor per_face(const at::Tensor& batch) { return batch.flatten(1).sum(1); }

// The faces still searched: one row each.
struct Active {
  at::Tensor index;  // rows of the whole batch, int64
  at::Tensor faces, weights;
  at::Tensor z, mean, variance;  // Adam's state on z
  at::Tensor reference;          // loss at the last progress
  at::Tensor stalled;            // steps since then, float32

  void keep(const at::Tensor& rows) {
    for (at::Tensor* part : {&index, &faces, &weights, &z, &mean, &variance, &reference, &stalled})
      *part = part->index_select(0, rows);
  }
};

}  // namespace

at::Tensor context_weights(const at::Tensor& holes, ContextWeights kind) {
  const at::Tensor kept = 1 - holes;
  if (kind == ContextWeights::kUniform) return kept;
  return kept * at::avg_pool2d(holes, kNeighbourhood, 1, kNeighbourhood / 2, false, false);
}

SearchResult search(const gan::Model& model, const at::Tensor& faces, const at::Tensor& holes,
                    const at::Tensor& start, const RepairOptions& options, torch::Device device,
                    std::optional<std::chrono::steady_clock::time_point> deadline) {
  const int64_t count = faces.size(0);
  gan::Generator generator = model.generator;
  gan::Discriminator discriminator = model.discriminator;
  Active active;
  active.index = at::arange(count, at::TensorOptions(torch::kInt64).device(device));
  active.faces = faces;
  active.weights = context_weights(holes, options.weights);
  active.z = start.to(device);
  active.mean = at::zeros_like(active.z);
  active.variance = at::zeros_like(active.z);
  active.reference = at::full({count}, std::numeric_limits<float>::infinity(), faces.options());
  active.stalled = at::zeros({count}, faces.options());

  SearchResult result;
  result.z = active.z.clone();
  result.completions = at::zeros_like(faces);
  const at::Tensor iterations = at::zeros({count}, active.index.options());
  const at::Tensor contextual = at::zeros({count}, faces.options());
  const at::Tensor perceptual = at::zeros({count}, faces.options());
  at::Tensor best = at::full({count}, std::numeric_limits<float>::infinity(), faces.options());

  for (int step = 1; step <= options.iterations && active.index.size(0) > 0; ++step) {
    const at::Tensor z = active.z.detach().requires_grad_(true);
    const at::Tensor images = generator(z);
    const at::Tensor context = per_face(active.weights * (images - active.faces).abs());
    // log(1 - D(G(z))), from the logit.
    const at::Tensor realism = at::log_sigmoid(-discriminator(images));
    const at::Tensor loss = context + options.lambda * realism;
    const at::Tensor gradient = torch::autograd::grad({loss.sum()}, {z})[0];

    torch::NoGradGuard no_gradient;
    // A loss that is not finite is never below the best, so its face stalls and stops by itself.
    const at::Tensor seen = best.index_select(0, active.index);
    const at::Tensor better = (loss < seen).nonzero().squeeze(1);
    const at::Tensor rows = active.index.index_select(0, better);
    best.index_copy_(0, rows, loss.index_select(0, better));
    result.z.index_copy_(0, rows, z.detach().index_select(0, better));
    contextual.index_copy_(0, rows, context.index_select(0, better));
    perceptual.index_copy_(0, rows, realism.index_select(0, better));
    iterations.index_fill_(0, active.index, step);
    if (deadline && std::chrono::steady_clock::now() >= *deadline) break;

    active.mean = kBeta1 * active.mean + (1 - kBeta1) * gradient;
    active.variance = kBeta2 * active.variance + (1 - kBeta2) * gradient * gradient;
    const double mean_share = 1 - std::pow(kBeta1, step);
    const double variance_share = 1 - std::pow(kBeta2, step);
    active.z = (z - options.learning_rate * (active.mean / mean_share) /
                        ((active.variance / variance_share).sqrt() + kEpsilon))
                   .clamp(-1, 1)
                   .detach();

    const at::Tensor progressed = loss < active.reference * (1 - options.tolerance);
    active.reference = at::where(progressed, loss, active.reference);
    active.stalled = at::where(progressed, at::zeros_like(active.stalled), active.stalled + 1);
    if (options.tolerance > 0) {
      const at::Tensor going = (active.stalled < kPatience).nonzero().squeeze(1);
      if (going.size(0) < active.index.size(0)) active.keep(going);
    }
  }

  torch::NoGradGuard no_gradient;
  if (!at::isfinite(best).all().item<bool>())
    throw Error(ErrorCode::kInternal,
                "the search's loss is not finite; lower learning-rate or check the model");
  result.completions = generator(result.z);
  for (int64_t n = 0; n < count; ++n) {
    result.contextual.push_back(contextual[n].item<double>());
    result.perceptual.push_back(perceptual[n].item<double>());
    result.iterations.push_back(iterations[n].item<int>());
  }
  return result;
}

}  // namespace ganface::repair
