// SPDX-License-Identifier: MIT
// Owns the fit of a reference to a crop as a whole.
#include "gan/reference_fit.h"

#include <ATen/ATen.h>

#include <tuple>
#include <utility>

#include "gan/face_network_sizes.h"

namespace ganface::gan {
namespace {

constexpr int64_t kFitSide = 32;      // pixels that the fit looks at
constexpr int kSteps = 2;             // of Gauss and Newton
constexpr double kUsual = 0.15;       // error at which a pixel counts half, of 2
constexpr double kLeastShare = 0.05;  // of the crop that must be kept and known
constexpr double kPull = 1e-3;        // towards no change, as a share of the pixels that count
constexpr double kNoWorse = 1.02;     // of the network's error

// Minimises sum w (basis . x - target)^2 + pull |x - start|^2 for each of the N faces:
// basis [N, M, K], target and weight [N, M], start [K] -> [N, K].
at::Tensor least_squares(const at::Tensor& basis, const at::Tensor& target,
                         const at::Tensor& weight, const at::Tensor& start) {
  const at::Tensor weighted = (basis * weight.unsqueeze(2)).transpose(1, 2);
  const at::Tensor pull = (kPull * weight.sum(1) + 1e-6).view({-1, 1});
  const at::Tensor normal =
      at::matmul(weighted, basis) + at::diag_embed(pull.expand({-1, basis.size(2)}));
  const at::Tensor right = at::matmul(weighted, target.unsqueeze(2)) + (pull * start).unsqueeze(2);
  // Unchecked: what is not finite is found out by its error.
  return std::get<0>(at::linalg_solve_ex(normal, right, true, false)).squeeze(2);
}

// The flow of a similarity [N, 4] (shift x and y, stretch, turn) on a grid of side x side.
at::Tensor flow_of(const at::Tensor& similarity, int64_t side) {
  const at::Tensor place = pixel_centres(side, similarity);
  const at::Tensor x = place.slice(1, 0, 1), y = place.slice(1, 1, 2);
  const auto part = [&](int64_t i) { return similarity.slice(1, i, i + 1).view({-1, 1, 1, 1}); };
  return at::cat({part(0) + part(2) * x - part(3) * y, part(1) + part(3) * x + part(2) * y}, 1);
}

// The similarity whose flow is nearest to `flow` [N, 2, s, s] where `weight` [N, 1, s, s] says.
at::Tensor similarity_near(const at::Tensor& flow, const at::Tensor& weight) {
  const at::Tensor place = pixel_centres(flow.size(2), flow).flatten(2);  // [1, 2, M]
  const at::Tensor x = place.select(1, 0), y = place.select(1, 1);
  const at::Tensor one = at::ones_like(x), zero = at::zeros_like(x);
  const at::Tensor basis =
      at::cat({at::stack({one, zero, x, -y}, 2), at::stack({zero, one, y, x}, 2)}, 1);
  const at::Tensor twice = at::cat({weight, weight}, 1).flatten(1);
  return least_squares(basis.expand({flow.size(0), -1, -1}), flow.flatten(1), twice,
                       at::zeros({4}, flow.options()));
}

// A light that changes evenly over the crop: for each colour a gain with its slopes and an offset
// of colours in [0, 2], as [N, 3, 4].
struct Light {
  at::Tensor values;

  static Light between(const at::Tensor& moved, const at::Tensor& crop, const at::Tensor& weight) {
    const at::Tensor place = pixel_centres(moved.size(2), moved).flatten(2);
    const at::Tensor x = place.select(1, 0), y = place.select(1, 1);
    const auto rows = [](const at::Tensor& picture) { return picture.flatten(2).flatten(0, 1); };
    const at::Tensor from = rows(moved + 1), to = rows(crop + 1);  // [3 N, M]
    const at::Tensor basis = at::stack({from, from * x, from * y, at::ones_like(from)}, 2);
    const at::Tensor unchanged = at::tensor({1.f, 0.f, 0.f, 0.f}, moved.options());
    return {
        least_squares(basis, to, rows(weight.expand({-1, 3, -1, -1})), unchanged).view({-1, 3, 4})};
  }
  at::Tensor gain(int64_t side) const {
    const at::Tensor place = pixel_centres(side, values);
    const auto part = [&](int64_t i) { return values.select(2, i).unsqueeze(2).unsqueeze(3); };
    return part(0) + part(1) * place.slice(1, 0, 1) + part(2) * place.slice(1, 1, 2);
  }
  // Of colours in [-1, 1].
  at::Tensor offset(int64_t side) const {
    return gain(side) - 1 + values.select(2, 3).unsqueeze(2).unsqueeze(3);
  }
  at::Tensor on(const at::Tensor& moved) const {
    return moved * gain(moved.size(2)) + offset(moved.size(2));
  }
};

// A picture's change along x and y, per half side: [N, C, S, S] each; 0 at the border.
std::pair<at::Tensor, at::Tensor> slopes(const at::Tensor& picture) {
  const int64_t side = picture.size(2);
  const double per_half_side = static_cast<double>(side) / 4;
  const auto along = [&](int64_t axis) {
    at::Tensor slope = at::zeros_like(picture);
    slope.slice(axis, 1, side - 1)
        .copy_((picture.slice(axis, 2) - picture.slice(axis, 0, side - 2)) * per_half_side);
    return slope;
  };
  return {along(3), along(2)};
}

// What of the reference a field's flow brings to the crop, and where it is known all over.
struct Moved {
  at::Tensor picture, known;

  Moved(const at::Tensor& reference, const at::Tensor& flow) {
    const at::Tensor both =
        sampled(reference, pixel_centres(reference.size(2), reference) + flow, Sampling::kBilinear);
    const at::Tensor share = both.slice(1, 3, 4);
    picture = both.slice(1, 0, 3) / share.clamp_min(0.5);
    known = share.gt(0.9).to(reference.scalar_type());
  }
};

at::Tensor error_of(const at::Tensor& difference, const at::Tensor& weight) {
  return (difference.abs().mean(1, true) * weight).sum({1, 2, 3}, true) /
         weight.sum({1, 2, 3}, true).clamp_min(1);
}

}  // namespace

ReferenceField fitted(const ReferenceField& field, const at::Tensor& crop, const at::Tensor& hole,
                      const at::Tensor& reference) {
  torch::NoGradGuard no_gradient;
  const int64_t shrink = crop.size(2) / kFitSide, cells = field.flow.size(2);
  const at::Tensor seen = at::avg_pool2d(crop, shrink);
  const at::Tensor kept = 1 - at::max_pool2d(at::max_pool2d(hole, shrink), 3, 1, 1);
  const at::Tensor both = at::avg_pool2d(reference, shrink);

  const ReferenceField network = field.at_side(kFitSide);
  const Moved before(both, network.flow);
  const at::Tensor counts = kept * before.known;
  const at::Tensor network_error = error_of(network.relight(before.picture) - seen, counts);
  const at::Tensor counts_of_cells = at::adaptive_avg_pool2d(counts, {cells, cells});

  at::Tensor similarity = similarity_near(field.flow, counts_of_cells);
  at::Tensor weight = counts;
  Light light;
  at::Tensor error;
  for (int step = 0; step <= kSteps; ++step) {
    const Moved moved(both, flow_of(similarity, kFitSide));
    light = Light::between(moved.picture, seen, weight * moved.known);
    const at::Tensor lit = light.on(moved.picture);
    const at::Tensor difference = seen - lit;
    error = error_of(difference, kept * moved.known);
    if (step == kSteps) break;
    weight = kept * moved.known / (1 + (difference.square().mean(1, true) / (kUsual * kUsual)));
    const auto [slope_x, slope_y] = slopes(lit);
    const at::Tensor place = pixel_centres(kFitSide, seen);
    const at::Tensor x = place.slice(1, 0, 1), y = place.slice(1, 1, 2);
    const at::Tensor basis =
        at::stack({slope_x, slope_y, slope_x * x + slope_y * y, slope_y * x - slope_x * y}, 4)
            .flatten(1, 3);
    similarity = similarity + least_squares(basis, difference.flatten(1),
                                            weight.expand({-1, 3, -1, -1}).flatten(1),
                                            at::zeros({4}, seen.options()));
  }

  const at::Tensor better = at::isfinite(error)
                                .logical_and(error.lt(kNoWorse * network_error))
                                .logical_and(counts.mean({1, 2, 3}, true).gt(kLeastShare));
  // How much a cell lies among kept pixels: there the network's own answer stays.
  const auto spread = [](const at::Tensor& x) { return at::avg_pool2d(x, 3, 1, 1, false, false); };
  const at::Tensor near = spread(spread(counts_of_cells));
  const auto mixed = [&](const at::Tensor& own, const at::Tensor& fit) {
    return at::where(better, fit + (own - fit) * near, own);
  };
  return {mixed(field.flow, flow_of(similarity, cells)), mixed(field.gain, light.gain(cells)),
          mixed(field.offset, light.offset(cells))};
}

}  // namespace ganface::gan
