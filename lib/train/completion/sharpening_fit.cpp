// SPDX-License-Identifier: MIT
// Owns the measurement of what fine detail a completion model leaves out.
#include "train/completion/sharpening_fit.h"

#include <ATen/ATen.h>
#include <ganface/holes.h>

#include <cmath>

#include "eval/evaluation_references.h"
#include "nn/runtime/images.h"

namespace ganface::train {
namespace {

constexpr double kPi = 3.14159265358979;
constexpr int64_t kWindow = nn::kCompletionSize / 2;  // side of the region in the middle
constexpr int64_t kFrequencies = kWindow / 2 + 1;     // 0 to a turn in two pixels, of an axis
constexpr int64_t kReach = 4;                         // of the kernel, pixels
constexpr double kSharp = 1.7;   // wanted amplitude of the finest frequencies, over photographs'
constexpr double kMostGain = 4;  // of a frequency: what a network hardly paints is mostly its weave
constexpr double kRidge = 1e-7;

// Mean square of each frequency of the middle of a picture [1, 3, S, S], a turn of rows by a turn
// of columns: [F, F].
at::Tensor spectrum(const at::Tensor& picture) {
  constexpr int64_t kFirst = (nn::kCompletionSize - kWindow) / 2;
  const at::Tensor fade = at::hann_window(kWindow);
  at::Tensor grey =
      picture.mean(1)[0].slice(0, kFirst, kFirst + kWindow).slice(1, kFirst, kFirst + kWindow);
  grey = (grey - grey.mean()) * fade.view({kWindow, 1}) * fade;
  const at::Tensor power = at::abs(at::fft_rfft2(grey)).square().to(at::kDouble);
  at::Tensor folded = power.slice(0, 0, kFrequencies).clone();
  folded.slice(0, 1, kFrequencies - 1).add_(power.slice(0, kFrequencies).flip(0)).div_(2);
  return folded;
}

// Neighbouring frequencies' mean.
at::Tensor smooth(const at::Tensor& power) {
  return at::avg_pool2d(power.view({1, 1, kFrequencies, kFrequencies}), 5, 1, 2, false,
                        false)[0][0];
}

// The quarter of the symmetric kernel that comes nearest to a gain [F, F] at each frequency, where
// what is strong in photographs counts most.
at::Tensor quarter_of(const at::Tensor& gain, const at::Tensor& power) {
  constexpr int64_t kTaps = kReach + 1;
  const at::Tensor turns = at::arange(kFrequencies, at::kDouble) * (kPi / (kFrequencies - 1));
  at::Tensor waves = 2 * at::cos(at::outer(turns, at::arange(kTaps, at::kDouble)));
  waves.slice(1, 0, 1).fill_(1);
  const at::Tensor weight = power.sqrt().view({-1, 1});
  const at::Tensor rows = weight * at::kron(waves, waves);  // [F F, taps taps]
  const at::Tensor normal = at::matmul(rows.t(), rows);
  const at::Tensor ridge =
      kRidge * normal.diagonal().mean() * at::eye(kTaps * kTaps, normal.options());
  const at::Tensor aim = at::matmul(rows.t(), weight * gain.view({-1, 1}));
  return at::linalg_solve(normal + ridge, aim).view({kTaps, kTaps});
}

}  // namespace

nn::Sharpening fit_sharpening(nn::CompletionModel& model, const nn::Execution& execution,
                              const std::vector<std::filesystem::path>& photographs) {
  const torch::NoGradGuard no_gradient;
  const Image middle = region_hole(Region::kCenter, nn::kCompletionSize, 0);
  const at::Tensor hole = nn::stack_masks({&middle}).to(execution.device);
  const at::Tensor first = at::zeros({1}, at::TensorOptions(at::kLong).device(execution.device));
  at::Tensor real = at::zeros({kFrequencies, kFrequencies}, at::kDouble), painted = real.clone();
  for (const std::filesystem::path& file : photographs) {
    const Image face = repair::canonical_photograph(file, nn::kCompletionSize);
    const at::Tensor truth =
        nn::network_input(nn::stack_images({face})).contiguous().to(execution.device);
    nn::CompletionInput input;
    input.crop = truth * (1 - hole);
    input.hole = hole;
    if (!model.prior.is_empty()) input.prior_sample = model.prior.sample(input.crop, hole);
    const at::Tensor image = nn::test_time_augmentation(model.network, input, first).image;
    real += spectrum(truth.cpu());
    painted += spectrum((truth + hole * (image - truth)).cpu());
  }
  real = smooth(real);
  painted = smooth(painted);
  // The finest band is what (1, 2, 1) / 4 along both axes takes away.
  const at::Tensor kept =
      at::cos(at::arange(kFrequencies, at::kDouble) * (kPi / 2 / (kFrequencies - 1))).square();
  const at::Tensor finest = 1 - at::outer(kept, kept);
  const at::Tensor gain =
      (kSharp * (real / painted.clamp_min(1e-12)).sqrt()).pow(finest).clamp_max(kMostGain);
  return nn::Sharpening(quarter_of(gain, real));
}

}  // namespace ganface::train
