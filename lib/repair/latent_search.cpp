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

at::Tensor infinities(int64_t count, const at::TensorOptions& options) {
  return at::full({count}, std::numeric_limits<float>::infinity(), options);
}

// The search of a batch of faces while it is under way.
class LatentDescent {
 public:
  LatentDescent(const nn::Model& model, const SearchTarget& target, const SearchStart& start,
                const SearchOptions& options)
      : generator_(model.generator),
        discriminator_(model.discriminator),
        faces_(target.faces),
        weights_(context_weights(target.holes, options.weights)),
        preconditioner_(start.preconditioner),
        options_(options) {
    const torch::Device device = faces_.device();
    const int64_t count = faces_.size(0);
    active_.index = at::arange(count, at::TensorOptions(torch::kInt64).device(device));
    active_.faces = faces_;
    active_.weights = weights_;
    active_.first = (start.done.to(device) * options_.iterations).floor();
    active_.perceptual = at::zeros({count}, faces_.options());
    if (start.anchor.defined()) active_.anchor = start.anchor.to(device);
    active_.z = start.z.to(device);
    active_.mean = at::zeros_like(active_.z);
    active_.variance = at::zeros_like(active_.z);
    active_.reference = infinities(count, faces_.options());
    active_.stalled = at::zeros({count}, faces_.options());
    best_z_ = active_.z.clone();
    best_ = infinities(count, faces_.options());
    iterations_ = at::zeros({count}, active_.index.options());
  }

  void run(const StopCondition& stop) {
    for (int step = 0; active_.index.size(0) > 0; ++step) {
      const Losses losses = losses_at(step);
      keep_best(losses);
      const at::Tensor going = are_going(losses.of_face, step);
      if (stop && stop()) break;
      const at::Tensor kept = going.nonzero().squeeze(1);
      if (kept.size(0) == 0) break;
      move(losses, step);
      if (kept.size(0) < active_.index.size(0)) active_.keep(kept);
      iterations_.index_fill_(0, active_.index, step + 1);
    }
  }

  SearchResult result() {
    torch::NoGradGuard no_gradient;
    SearchResult result;
    result.z = best_z_;
    result.completions = generator_(result.z);
    const at::Tensor contextual = per_face(weights_ * (result.completions - faces_).abs()).cpu();
    const at::Tensor perceptual = log_fake_score(discriminator_, result.completions).cpu();
    const at::Tensor steps = iterations_.cpu(), found = at::isfinite(best_).cpu();
    for (int64_t n = 0; n < faces_.size(0); ++n) {
      result.contextual.push_back(contextual[n].item<double>());
      result.perceptual.push_back(perceptual[n].item<double>());
      result.iterations.push_back(steps[n].item<int>());
      result.found.push_back(found[n].item<bool>());
    }
    return result;
  }

 private:
  // Of the faces still searched.
  struct Losses {
    at::Tensor z;          // where they are
    at::Tensor objective;  // their sum, as a function of z
    at::Tensor of_face;
  };

  Losses losses_at(int step) {
    const at::Tensor z = active_.z.detach().requires_grad_(true);
    const at::Tensor images = generator_(z);
    const at::Tensor context = per_face(active_.weights * (images - active_.faces).abs());
    const at::Tensor known = context + options_.prior * latent_prior(z) +
                             options_.proximity * distance_from(active_.anchor, z);
    at::Tensor objective = known.sum();
    if (options_.lambda > 0 && step % kPerceptualInterval == 0) {
      const at::Tensor perceptual = log_fake_score(discriminator_, images);
      objective = objective + options_.lambda * kPerceptualInterval * perceptual.sum();
      active_.perceptual = perceptual.detach();
    }
    return {z, objective, known.detach() + options_.lambda * active_.perceptual};
  }

  // A loss that is not finite is never below the best; its face leaves the batch.
  void keep_best(const Losses& losses) {
    const at::Tensor before = best_.index_select(0, active_.index);
    const at::Tensor better = (losses.of_face < before).nonzero().squeeze(1);
    const at::Tensor rows = active_.index.index_select(0, better);
    best_.index_copy_(0, rows, losses.of_face.index_select(0, better));
    best_z_.index_copy_(0, rows, losses.z.detach().index_select(0, better));
  }

  // Which faces have steps before them and still get nearer.
  at::Tensor are_going(const at::Tensor& loss, int step) {
    const at::Tensor going =
        (active_.first + step < options_.iterations).logical_and(at::isfinite(loss));
    if (options_.tolerance <= 0) return going;
    const at::Tensor progressed = loss < active_.reference * (1 - options_.tolerance);
    active_.reference = at::where(progressed, loss, active_.reference);
    active_.stalled = at::where(progressed, at::zeros_like(active_.stalled), active_.stalled + 1);
    return going.logical_and(active_.stalled < kPatience);
  }

  // One step of Adam.
  void move(const Losses& losses, int step) {
    const at::Tensor gradient =
        through(preconditioner_, torch::autograd::grad({losses.objective}, {losses.z})[0]);
    active_.mean = kBeta1 * active_.mean + (1 - kBeta1) * gradient;
    active_.variance = kBeta2 * active_.variance + (1 - kBeta2) * gradient * gradient;
    const double mean_share = 1 - std::pow(kBeta1, step + 1);
    const double variance_share = 1 - std::pow(kBeta2, step + 1);
    // The step size falls along a cosine, so that the search settles.
    const at::Tensor rate = options_.learning_rate / 2 *
                            (1 + at::cos(M_PI / options_.iterations * (active_.first + step)));
    const at::Tensor way =
        (active_.mean / mean_share) / ((active_.variance / variance_share).sqrt() + kEpsilon);
    active_.z =
        (losses.z.detach() - rate.unsqueeze(1) * through(preconditioner_, way)).clamp(-1, 1);
  }

  nn::Generator generator_;
  nn::Discriminator discriminator_;
  const at::Tensor faces_, weights_, preconditioner_;
  const SearchOptions options_;
  Active active_;
  at::Tensor best_z_, best_;  // of all faces, and their losses
  at::Tensor iterations_;
};

}  // namespace

at::Tensor context_weights(const at::Tensor& holes, ContextWeights kind) {
  const at::Tensor kept = 1 - holes;
  if (kind == ContextWeights::kUniform) return kept;
  return kept * at::avg_pool2d(holes, kNeighbourhood, 1, kNeighbourhood / 2, false, false);
}

SearchResult search(const nn::Model& model, const SearchTarget& target, const SearchStart& start,
                    const SearchOptions& options, const StopCondition& stop) {
  LatentDescent descent(model, target, start, options);
  descent.run(stop);
  return descent.result();
}

}  // namespace ganface::repair
