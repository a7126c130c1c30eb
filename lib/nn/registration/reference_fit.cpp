// SPDX-License-Identifier: MIT
// Owns the fit of a reference to a crop as a whole.
#include "nn/registration/reference_fit.h"

#include <ATen/ATen.h>

#include <cmath>

#include "nn/kernels/box_filter.h"
#include "nn/registration/global_registration.h"
#include "nn/runtime/parallel_for.h"

namespace ganface::nn {
namespace {

constexpr int64_t kFitSide = 32;  // pixels that the fit looks at
constexpr int kSteps = 2;         // from where a network leads
constexpr int kStepsFromRest = 3;
constexpr double kLeastShare = 0.05;  // of the crop that must be kept and known
constexpr double kNoWorse = 1.02;     // of the network's error
// How far a cell's gain and offset may be from those of the even light: what is farther off is the
// colour of something else.
constexpr double kSameFace = 0.11;  // mean difference, of 2, below which both show one face
constexpr double kOwnGain = 0.08, kOwnOffset = 0.05;

at::Tensor on_cpu(const at::Tensor& x) { return x.to(torch::kCPU, torch::kFloat32).contiguous(); }

// What is fitted is read by pointers.
void expect_sizes(const char* what, const at::Tensor& x, at::IntArrayRef sizes) {
  TORCH_CHECK(x.sizes() == sizes, "reference fit: the ", what, " is ", x.sizes(), ", expected ",
              sizes);
}

void expect_alike(const at::Tensor& crop, const at::Tensor& mask, const at::Tensor& reference) {
  TORCH_CHECK(crop.dim() == 4 && crop.size(2) > 0 && crop.size(2) % kFitSide == 0,
              "reference fit: the crop is ", crop.sizes(), ", expected a multiple of ", kFitSide,
              " as side");
  const int64_t n = crop.size(0), side = crop.size(2);
  expect_sizes("crop", crop, {n, 3, side, side});
  expect_sizes("mask", mask, {n, 1, side, side});
  expect_sizes("reference", reference, {n, 4, side, side});
}

// Of a contiguous tensor.
float* row_of(const at::Tensor& x, int64_t row) { return x.data_ptr<float>() + row * x.stride(0); }

// Mean difference [N] of the reference, moved and relit by the network, where `counts`; which of
// `kept` counts then is written to it.
at::Tensor network_error(const ReferenceField& network, const at::Tensor& seen,
                         const at::Tensor& kept, const at::Tensor& reference, at::Tensor& counts) {
  const at::Tensor both =
      sampled(reference, pixel_centres(kFitSide, reference) + network.flow, Sampling::kBilinear);
  const at::Tensor share = both.slice(1, 3, 4);
  counts = kept * share.gt(0.9);
  const at::Tensor lit = network.relight(both.slice(1, 0, 3) / share.clamp_min(0.5));
  return ((lit - seen).abs().mean(1, true) * counts).sum({1, 2, 3}) /
         counts.sum({1, 2, 3}).clamp_min(1);
}

// Fits of the whole references, and how far to believe them.
struct Fit {
  ReferenceField whole;  // on the network's cells
  at::Tensor better;     // [N, 1, 1, 1]: whether it explains the kept pixels as well as the network
  at::Tensor is_same;    // [N, 1, 1, 1]: whether both show the same face, in another light
  at::Tensor near;       // [N, 1, cells, cells]: how much a cell lies among kept pixels
};

Fit fit_to(const ReferenceField& field, const at::Tensor& crop, const at::Tensor& hole,
           const at::Tensor& reference) {
  torch::NoGradGuard no_gradient;
  expect_alike(crop, hole, reference);
  const int64_t n = crop.size(0), shrink = crop.size(2) / kFitSide, cells = field.flow.size(2);
  const at::Tensor seen = on_cpu(block_means(crop, shrink));
  const at::Tensor kept = on_cpu(1 - at::max_pool2d(at::max_pool2d(hole, shrink), 3, 1, 1));
  const at::Tensor both = on_cpu(block_means(reference, shrink));
  const ReferenceField own{on_cpu(field.flow), on_cpu(field.gain), on_cpu(field.offset)};
  expect_sizes("flow", own.flow, {n, 2, cells, cells});
  expect_sizes("gain", own.gain, {n, 3, cells, cells});
  expect_sizes("offset", own.offset, {n, 3, cells, cells});
  at::Tensor counts;
  const at::Tensor error = network_error(own.at_side(kFitSide), seen, kept, both, counts);
  const at::Tensor counts_of_cells = at::adaptive_avg_pool2d(counts, {cells, cells}).contiguous();

  Fit fit{{at::empty_like(own.flow), at::empty_like(own.gain), at::empty_like(own.offset)},
          at::zeros({n, 1, 1, 1}, torch::kBool),
          at::zeros({n, 1, 1, 1}, torch::kBool),
          {}};
  const at::Tensor compared = counts.mean({1, 2, 3});
  parallel_for(n, [&](int64_t i) {
    const float* first = row_of(counts, i);
    const GlobalRegistration whole =
        register_globally({kFitSide, row_of(seen, i), row_of(kept, i), row_of(both, i)},
                          similarity_near(row_of(own.flow, i), row_of(counts_of_cells, i), cells),
                          {first, first + kFitSide * kFitSide}, kSteps);
    write_flow(whole.map, cells, row_of(fit.whole.flow, i));
    write_light(whole.map, cells, row_of(fit.whole.gain, i), row_of(fit.whole.offset, i));
    const bool is_known = std::isfinite(whole.error) && whole.counts > kLeastShare &&
                          compared.data_ptr<float>()[i] > kLeastShare;
    fit.is_same.data_ptr<bool>()[i] = is_known && whole.error < kSameFace;
    fit.better.data_ptr<bool>()[i] =
        is_known && whole.error < kNoWorse * error.data_ptr<float>()[i];
  });
  const auto spread = [](const at::Tensor& x) { return at::avg_pool2d(x, 3, 1, 1, false, false); };
  fit.near = spread(spread(counts_of_cells));
  return fit;
}

}  // namespace

ReferenceField fitted(const ReferenceField& field, const at::Tensor& crop, const at::Tensor& hole,
                      const at::Tensor& reference) {
  const Fit fit = fit_to(field, crop, hole, reference);
  const auto like_field = [&](const at::Tensor& x) { return x.to(field.flow.device()); };
  const at::Tensor better = like_field(fit.better), near = like_field(fit.near);
  // Near kept pixels the network's own answer stays.
  const auto mixed = [&](const at::Tensor& own, const at::Tensor& whole) {
    const at::Tensor fitted = like_field(whole);
    return at::where(better, fitted + (own - fitted) * near, own);
  };
  const at::Tensor is_same = like_field(fit.is_same);
  const auto held = [&](const at::Tensor& own, const at::Tensor& whole, double most) {
    const at::Tensor even = like_field(whole);
    return at::where(is_same, even + (own - even).clamp(-most, most), own);
  };
  return {mixed(field.flow, fit.whole.flow),
          mixed(held(field.gain, fit.whole.gain, kOwnGain), fit.whole.gain),
          mixed(held(field.offset, fit.whole.offset, kOwnOffset), fit.whole.offset)};
}

LaidReference laid_over(const at::Tensor& crop, const at::Tensor& kept,
                        const at::Tensor& reference) {
  torch::NoGradGuard no_gradient;
  expect_alike(crop, kept, reference);
  const int64_t side = crop.size(2), shrink = side / kFitSide;
  const auto coarse = [shrink](const at::Tensor& x) { return on_cpu(block_means(x, shrink)); };
  const at::Tensor counts = coarse(kept).gt(0.9).to(torch::kFloat32), seen = coarse(crop),
                   both = coarse(reference), whole = on_cpu(reference);
  const at::Tensor picture = on_cpu(crop).clone(), known = at::zeros_like(on_cpu(kept));
  parallel_for(crop.size(0), [&](int64_t i) {
    const float* first = row_of(counts, i);
    const GlobalRegistration fit =
        register_globally({kFitSide, row_of(seen, i), first, row_of(both, i)}, {},
                          {first, first + kFitSide * kFitSide}, kStepsFromRest);
    if (std::isfinite(fit.error) && fit.counts > kLeastShare)
      lay(row_of(whole, i), side, fit.map, row_of(picture, i), row_of(known, i));
  });
  return {picture.to(crop.device()), known.to(crop.device())};
}

}  // namespace ganface::nn
