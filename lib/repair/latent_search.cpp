// SPDX-License-Identifier: MIT
// Owns the search of the latent space for the face that explains the kept pixels.
#include "repair/latent_search.h"

#include <torch/autograd.h>

#include <cmath>
#include <limits>

namespace ganface::repair {
namespace {

constexpr int kNeighbourhood = 7;  // Yeh et al. 2017, eq. 3
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
constexpr int kPatience = 20;  // steps without the promised progress before a face stops
// The discriminator is asked at every so many steps, and then counts as often as it was left out
// (lazy regularisation, Karras et al. 2020): at the presets' weights it adds little to a step.
constexpr int kPerceptualInterval = 4;

at::Tensor per_face(const at::Tensor& batch) { return batch.flatten(1).sum(1); }

// log(1 - D(x)) of each image, from the logit.
at::Tensor log_fake_score(nn::Discriminator& discriminator, const at::Tensor& images) {
  return at::log_sigmoid(-discriminator(images));
}

// -log of the density of |z|^2, up to a constant, where z is longer than its expectation. For z
// uniform on [-1, 1]^d, |z|^2 is close to normal, with mean d / 3 and variance 4 d / 45.
at::Tensor latent_prior(const at::Tensor& z) {
  const double mean = static_cast<double>(z.size(1)) / 3;
  const double variance = 4 * static_cast<double>(z.size(1)) / 45;
  return ((z * z).sum(1) - mean).clamp_min(0).pow(2) / (2 * variance);
}

// Half the squared distance of each row from its anchor, or 0 without anchors.
at::Tensor distance_from(const at::Tensor& anchor, const at::Tensor& z) {
  return anchor.defined() ? (z - anchor).square().sum(1) / 2 : at::zeros({}, z.options());
}

// Rows of z's kind [N, latent] through a symmetric matrix; as they are when there is none.
at::Tensor through(const at::Tensor& matrix, const at::Tensor& rows) {
  return matrix.defined() ? rows.mm(matrix) : rows;
}

// The faces still searched: one row each.
struct Active {
  at::Tensor index;  // rows of the whole batch, int64
  at::Tensor faces, weights;
  at::Tensor first;              // step of the schedule at which the face started, float32
  at::Tensor perceptual;         // when last asked for
  at::Tensor anchor;             // undefined without anchors
  at::Tensor z, mean, variance;  // Adam's state on z
  at::Tensor reference;          // loss at the last progress
  at::Tensor stalled;            // steps since then, float32

  void keep(const at::Tensor& rows) {
    for (at::Tensor* part : {&index, &faces, &weights, &first, &perceptual, &anchor, &z, &mean,
                             &variance, &reference, &stalled})
      if (part->defined()) *part = part->index_select(0, rows);
  }
};

}  // namespace

at::Tensor context_weights(const at::Tensor& holes, ContextWeights kind) {
  const at::Tensor kept = 1 - holes;
  if (kind == ContextWeights::kUniform) return kept;
  return kept * at::avg_pool2d(holes, kNeighbourhood, 1, kNeighbourhood / 2, false, false);
}

SearchResult search(const nn::Model& model, const at::Tensor& faces, const at::Tensor& holes,
                    const SearchStart& start, const SearchOptions& options, torch::Device device,
                    const StopCondition& stop) {
  const int64_t count = faces.size(0);
  nn::Generator generator = model.generator;
  nn::Discriminator discriminator = model.discriminator;
  const at::Tensor weights = context_weights(holes, options.weights);
  Active active;
  active.index = at::arange(count, at::TensorOptions(torch::kInt64).device(device));
  active.faces = faces;
  active.weights = weights;
  active.first = (start.done.to(device) * options.iterations).floor();
  active.perceptual = at::zeros({count}, faces.options());
  if (start.anchor.defined()) active.anchor = start.anchor.to(device);
  active.z = start.z.to(device);
  active.mean = at::zeros_like(active.z);
  active.variance = at::zeros_like(active.z);
  active.reference = at::full({count}, std::numeric_limits<float>::infinity(), faces.options());
  active.stalled = at::zeros({count}, faces.options());

  SearchResult result;
  result.z = active.z.clone();
  const at::Tensor iterations = at::zeros({count}, active.index.options());
  at::Tensor best = at::full({count}, std::numeric_limits<float>::infinity(), faces.options());

  for (int step = 0; active.index.size(0) > 0; ++step) {
    const at::Tensor z = active.z.detach().requires_grad_(true);
    const at::Tensor images = generator(z);
    const at::Tensor context = per_face(active.weights * (images - active.faces).abs());
    const at::Tensor known = context + options.prior * latent_prior(z) +
                             options.proximity * distance_from(active.anchor, z);
    at::Tensor objective = known.sum();
    if (options.lambda > 0 && step % kPerceptualInterval == 0) {
      const at::Tensor perceptual = log_fake_score(discriminator, images);
      objective = objective + options.lambda * kPerceptualInterval * perceptual.sum();
      active.perceptual = perceptual.detach();
    }
    const at::Tensor loss = known.detach() + options.lambda * active.perceptual;

    // A loss that is not finite is never below the best; its face leaves the batch.
    const at::Tensor seen = best.index_select(0, active.index);
    const at::Tensor better = (loss < seen).nonzero().squeeze(1);
    const at::Tensor rows = active.index.index_select(0, better);
    best.index_copy_(0, rows, loss.index_select(0, better));
    result.z.index_copy_(0, rows, z.detach().index_select(0, better));

    at::Tensor going = (active.first + step < options.iterations).logical_and(at::isfinite(loss));
    if (options.tolerance > 0) {
      const at::Tensor progressed = loss < active.reference * (1 - options.tolerance);
      active.reference = at::where(progressed, loss, active.reference);
      active.stalled = at::where(progressed, at::zeros_like(active.stalled), active.stalled + 1);
      going = going.logical_and(active.stalled < kPatience);
    }
    if (stop && stop()) break;
    const at::Tensor kept = going.nonzero().squeeze(1);
    if (kept.size(0) == 0) break;

    const at::Tensor gradient =
        through(start.preconditioner, torch::autograd::grad({objective}, {z})[0]);
    active.mean = kBeta1 * active.mean + (1 - kBeta1) * gradient;
    active.variance = kBeta2 * active.variance + (1 - kBeta2) * gradient * gradient;
    const double mean_share = 1 - std::pow(kBeta1, step + 1);
    const double variance_share = 1 - std::pow(kBeta2, step + 1);
    // The step size falls along a cosine, so that the search settles.
    const at::Tensor rate = options.learning_rate / 2 *
                            (1 + at::cos(M_PI / options.iterations * (active.first + step)));
    const at::Tensor move =
        (active.mean / mean_share) / ((active.variance / variance_share).sqrt() + kEpsilon);
    active.z = (z.detach() - rate.unsqueeze(1) * through(start.preconditioner, move)).clamp(-1, 1);
    if (kept.size(0) < active.index.size(0)) active.keep(kept);
    iterations.index_fill_(0, active.index, step + 1);
  }

  torch::NoGradGuard no_gradient;
  result.completions = generator(result.z);
  const at::Tensor contextual = per_face(weights * (result.completions - faces).abs()).cpu();
  const at::Tensor perceptual = log_fake_score(discriminator, result.completions).cpu();
  const at::Tensor steps = iterations.cpu(), found = at::isfinite(best).cpu();
  for (int64_t n = 0; n < count; ++n) {
    result.contextual.push_back(contextual[n].item<double>());
    result.perceptual.push_back(perceptual[n].item<double>());
    result.iterations.push_back(steps[n].item<int>());
    result.found.push_back(found[n].item<bool>());
  }
  return result;
}

}  // namespace ganface::repair
