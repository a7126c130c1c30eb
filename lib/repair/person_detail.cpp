// SPDX-License-Identifier: MIT
// Owns what another photograph of a person gives to a completed face.
#include "repair/person_detail.h"

#include <ATen/ATen.h>

#include <cmath>
#include <iterator>
#include <vector>

#include "models/face_network_sizes.h"
#include "nn/kernels/box_filter.h"
#include "nn/kernels/sampling.h"
#include "nn/layers/frequency_bands.h"
#include "nn/layers/hole_filling.h"

namespace ganface::nn {
namespace {

constexpr double kOvalX = 0.8, kOvalY = 0.95;  // half axes of a face in the canonical crop
constexpr double kKnown = 0.99;                // of a pixel: all of it

// Of the flow.
constexpr int64_t kShrink = 2;           // the fit sees half the pixels
constexpr int kEvenBands = 3;            // of light and contrast, on what it sees
constexpr double kLeastContrast = 0.04;  // of grey, that is made even
constexpr int kScales[] = {3, 2, 1};     // bands without which both are compared
constexpr int kSteps = 3;                // of each scale
constexpr double kUsual = 1.5;           // error at which a pixel counts half, of the mean
constexpr double kPull = 0.2;            // towards no motion
constexpr int64_t kTerms = 12;
// Usual size of each term, half sides: shift 2, stretch, turn, 2 shears, 6 quadratic.
constexpr float kUsualTerms[kTerms] = {0.05f, 0.05f, 0.05f, 0.05f, 0.03f, 0.03f,
                                       0.04f, 0.04f, 0.04f, 0.04f, 0.04f, 0.04f};

// Of the light.
constexpr int kLightBands = 5;
constexpr double kBlack = -1.05, kLeastLight = 0.05;
constexpr double kMostLight = 2;  // times, and a half

// Of the share.
constexpr int kFirstStructure = 1, kLastStructure = 5;  // bands that are compared
constexpr int kAround = 4;                              // bands over which they are
constexpr double kNoise = 6e-4;                         // mean square that is no structure
constexpr double kUnlike = 0.1, kAlike = 0.7;           // correlation of a place
constexpr double kOther = 0.3, kSame = 0.6;             // and its mean over the face
constexpr int kSoftBands = 2;
constexpr double kLeastSharpness = 1e-3;         // no photograph is softer
constexpr double kBlurred = 0.35, kSharp = 0.7;  // fine detail, of that of the kept pixels
constexpr double kEdge = 0.6, kDeep = 0.95;      // share of the hole around a pixel

// How much of each band's difference is taken over, the finest first, which moving has softened.
constexpr double kTaken[] = {1.3, 1.1, 0.9, 0.7, 0.5};

at::Tensor oval(int64_t side, const at::Tensor& like) {
  const at::Tensor at = pixel_centres(side, like);
  return ((at.slice(1, 0, 1) / kOvalX).square() + (at.slice(1, 1, 2) / kOvalY).square())
      .lt(1)
      .to(torch::kFloat32);
}

// Mean over the pixels [N, 1, h, w] that count: [N, 1, 1, 1].
at::Tensor mean_where(const at::Tensor& x, const at::Tensor& counts) {
  return (x * counts).sum({1, 2, 3}, true) / counts.sum({1, 2, 3}, true).clamp_min(1);
}

// Grey with its light and its contrast made even.
at::Tensor evened(const at::Tensor& picture) {
  const at::Tensor grey = picture.mean(1, true);
  const at::Tensor rest = grey - without_bands(grey, kEvenBands);
  return rest / (without_bands(rest.square(), kEvenBands).sqrt() + kLeastContrast);
}

// What each term of the flow does at places [1, 2, h, w]: [terms, 2, h, w].
at::Tensor motions(const at::Tensor& places) {
  const at::Tensor x = places[0][0], y = places[0][1], one = at::ones_like(x),
                   none = at::zeros_like(x);
  const std::vector<at::Tensor> along_x{one,   none,  x,     -y,   x,    y,
                                        x * x, x * y, y * y, none, none, none};
  const std::vector<at::Tensor> along_y{none, one,  y,    x,     -y,    x,
                                        none, none, none, x * x, x * y, y * y};
  return at::stack({at::stack(along_x), at::stack(along_y)}, 1);
}

// The flow of `terms` [N, terms]: [N, 2, h, w].
at::Tensor flow_of(const at::Tensor& terms, const at::Tensor& motion) {
  return at::matmul(terms, motion.flatten(1))
      .view({terms.size(0), 2, motion.size(2), motion.size(3)});
}

// Slopes of [N, 1, h, w] per half side, along x or y, over two pixels; at the border over one.
at::Tensor slope(const at::Tensor& x, int64_t axis) {
  const at::Tensor wide =
      axis == 3 ? at::replication_pad2d(x, {1, 1, 0, 0}) : at::replication_pad2d(x, {0, 0, 1, 1});
  return (wide.slice(axis, 2) - wide.slice(axis, 0, x.size(axis))) *
         (static_cast<double>(x.size(axis)) / 4);
}

// The terms [N, terms] that bring `reference` [N, 1, s, s], known where `known` is 1, over `aim`.
at::Tensor fit_terms(const at::Tensor& aim, const at::Tensor& reference, const at::Tensor& known) {
  const int64_t n = aim.size(0), side = aim.size(2);
  const at::Tensor places = pixel_centres(side, aim), motion = motions(places),
                   face = oval(side, aim);
  const at::Tensor usual = at::tensor(at::ArrayRef<float>(kUsualTerms)).to(aim.device());
  const at::Tensor stiffness = kPull / usual.square();
  at::Tensor terms = at::zeros({n, kTerms}, aim.options());
  for (const int scale : kScales) {
    const at::Tensor wanted = without_bands(aim, scale);
    const at::Tensor both = at::cat({without_bands(reference, scale), known}, 1);
    // Neighbours that were smoothed together tell one thing: the area of the filter.
    const double together = 4 * (std::pow(4.0, scale) - 1) / 6;
    for (int step = 0; step < kSteps; ++step) {
      const at::Tensor moved = sampled(both, places + flow_of(terms, motion), Sampling::kBilinear);
      const at::Tensor shown = moved.slice(1, 0, 1);
      const at::Tensor counts = face * moved.slice(1, 1, 2).gt(kKnown).to(torch::kFloat32);
      const at::Tensor error = wanted - shown, squares = error.square();
      const at::Tensor mean = mean_where(squares, counts) + 1e-6;
      const at::Tensor weight =
          counts / (1 + squares / (kUsual * kUsual * mean)) / (mean * together);
      // [N, terms, pixels]: what a term does to the error.
      const at::Tensor change =
          (slope(shown, 3) * motion.select(1, 0) + slope(shown, 2) * motion.select(1, 1))
              .flatten(2);
      const at::Tensor weighted = change * weight.flatten(2);
      const at::Tensor normal = at::matmul(weighted, change.transpose(1, 2)) + at::diag(stiffness);
      const at::Tensor right =
          at::matmul(weighted, error.flatten(2).transpose(1, 2)).squeeze(2) - terms * stiffness;
      terms = terms + at::linalg_solve(normal, right.unsqueeze(2)).squeeze(2);
    }
  }
  return terms;
}

// Steps from 0 to 1 between two values.
at::Tensor between(const at::Tensor& x, double none, double all) {
  return ((x - none) / (all - none)).clamp(0, 1);
}

// Correlation of the structure of two pictures around each pixel, -1 to 1.
at::Tensor likeness(const at::Tensor& first, const at::Tensor& second) {
  const auto structure = [](const at::Tensor& picture) {
    const std::vector<at::Tensor> bands = without_each_band(picture.mean(1, true), kLastStructure);
    return bands[kFirstStructure] - bands[kLastStructure];
  };
  const auto around = [](const at::Tensor& x) { return without_bands(x, kAround); };
  const at::Tensor a = structure(first), b = structure(second);
  return around(a * b) / ((around(a * a) + kNoise) * (around(b * b) + kNoise)).sqrt();
}

// How sharp a picture is where `counts`: the amplitude of its finest two bands.
at::Tensor sharpness(const at::Tensor& picture, const at::Tensor& counts) {
  const at::Tensor grey = picture.mean(1, true);
  return mean_where((grey - without_bands(grey, 2)).square(), counts).sqrt();
}

}  // namespace

PersonDetail lay_photograph(const at::Tensor& completed, const at::Tensor& hole,
                            const at::Tensor& reference) {
  torch::NoGradGuard no_gradient;
  const int64_t side = completed.size(2);
  const at::Tensor known = reference.slice(1, 3, 4);
  // What is not known must not darken what is next to it.
  const at::Tensor whole = fill_holes(reference.slice(1, 0, 3), 1 - known);
  const at::Tensor terms =
      fit_terms(evened(block_means(completed, kShrink)), evened(block_means(whole, kShrink)),
                block_means(known, kShrink).gt(kKnown).to(torch::kFloat32));
  PersonDetail detail;
  detail.field.flow = flow_of(terms, motions(pixel_centres(kFieldSize, completed)));
  const at::Tensor moved =
      detail.field.move(at::cat({whole, at::ones_like(known)}, 1), Sampling::kBilinear);
  const at::Tensor unlit =
      at::where(moved.slice(1, 3, 4).gt(kKnown), moved.slice(1, 0, 3), completed);
  const auto light = [](const at::Tensor& x) { return without_bands(x, kLightBands) - kBlack; };
  const at::Tensor gain =
      (light(completed) / light(unlit).clamp_min(kLeastLight)).clamp(1 / kMostLight, kMostLight);
  detail.field.gain = block_means(gain, side / kFieldSize);
  detail.field.offset = kBlack * (1 - detail.field.gain);

  const at::Tensor shown =
      detail.field.show(at::cat({whole * known, known}, 1), Sampling::kBicubic);
  const at::Tensor is_known = shown.slice(1, 3, 4).gt(kKnown);
  detail.picture = at::where(is_known, shown.slice(1, 0, 3), completed);
  const at::Tensor counts = oval(side, completed) * is_known.to(torch::kFloat32);
  const at::Tensor alike = likeness(completed, detail.picture);
  const at::Tensor same = between(mean_where(alike, counts), kOther, kSame);
  // A photograph that is softer than the picture has no detail for it.
  const at::Tensor kept = counts * (1 - hole);
  const at::Tensor sharp = between(
      sharpness(detail.picture, kept) / sharpness(completed, kept).clamp_min(kLeastSharpness),
      kBlurred, kSharp);
  const at::Tensor depth = between(without_bands(hole, kAround), kEdge, kDeep);
  detail.share = without_bands(between(alike, kUnlike, kAlike) * is_known, kSoftBands) *
                 (same * same * (3 - 2 * same)) * sharp * depth * deep_inside(hole);
  return detail;
}

at::Tensor with_detail(const at::Tensor& completed, const at::Tensor& sharpened,
                       const PersonDetail& detail) {
  constexpr int kBands = std::size(kTaken);
  const std::vector<at::Tensor> bands = without_each_band(detail.picture - completed, kBands);
  at::Tensor taken = at::zeros_like(completed);
  for (size_t i = 0; i < kBands; ++i) taken = taken + kTaken[i] * (bands[i] - bands[i + 1]);
  return sharpened + detail.share * (completed + taken - sharpened);
}

}  // namespace ganface::nn
