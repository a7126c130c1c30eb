// SPDX-License-Identifier: MIT
// Owns the second stage of a completion, which repaints it at twice the resolution.
#include "repair/refinement.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "nn/runtime/images.h"
#include "repair/damage.h"

namespace ganface::repair {
namespace {

// A square picture's tensor at another side.
at::Tensor at_side(const at::Tensor& x, int64_t side) {
  if (x.size(2) == side) return x;
  return side < x.size(2) ? at::_upsample_bicubic2d_aa(x, {side, side}, false)
                          : at::upsample_bicubic2d(x, {side, side}, false);
}

// A hole at the network's side; what is known in a smaller one stays known.
at::Tensor hole_of_network(const Image& hole) {
  const at::Tensor x = nn::stack_masks({&hole});
  return hole.width > nn::kRefinementSize
             ? std::get<0>(at::adaptive_max_pool2d(x, {nn::kRefinementSize, nn::kRefinementSize}))
             : at::upsample_nearest2d(x, {nn::kRefinementSize, nn::kRefinementSize});
}

// Of a hole, what is wider than a few pixels. Between known pixels there is nothing to invent.
at::Tensor solid(const at::Tensor& hole) {
  constexpr int64_t kReach = 4, kWidth = 2 * kReach + 1;
  const auto widest = [&](const at::Tensor& x) { return at::max_pool2d(x, kWidth, 1, kReach); };
  return widest(1 - widest(1 - hole)) * hole;
}

// Where the network paints better than the first stage: eyes, brows and forehead, not mouths, down
// to the lower lids. [1, 1, 256, 1]
at::Tensor upper_face() {
  constexpr double kAll = 0.47, kNothing = 0.53;  // rows of the canonical crop, in its sides
  const at::Tensor row = (at::arange(nn::kRefinementSize) + 0.5) / nn::kRefinementSize;
  return ((kNothing - row) / (kNothing - kAll)).clamp(0, 1).view({1, 1, -1, 1});
}

}  // namespace

bool refine(Image& completion, const Image& crop, const Image& hole, const at::Tensor& share,
            nn::RefinementNetwork& network) {
  const torch::Device device = network->device();
  const at::Tensor inside = solid(hole_of_network(hole)).to(device);
  const at::Tensor weight =
      upper_face() *
      at::upsample_bilinear2d(share, {nn::kRefinementSize, nn::kRefinementSize}, false);
  if ((inside.cpu() * weight).max().item<float>() == 0) return true;
  // At the crop's own side: what lies under the hole must not bleed out of it.
  Image composed = crop;
  for (size_t i = 0; i < hole.pixels.size(); ++i)
    if (hole.pixels[i] != 0) std::copy_n(&completion.pixels[3 * i], 3, &composed.pixels[3 * i]);
  const Image seen = repair::at_side(composed, static_cast<int>(nn::kRefinementSize));
  const at::Tensor change =
      network(nn::network_input(nn::stack_images({seen})).to(device), inside).cpu() * weight;
  if (!at::isfinite(change).all().item<bool>()) return false;
  const at::Tensor own = at_side(change, completion.width).permute({0, 2, 3, 1}).contiguous();
  const float* of_pixel = own.data_ptr<float>();
  for (uint8_t& value : completion.pixels)
    value = static_cast<uint8_t>(
        std::lround(std::clamp(static_cast<float>(value) + 127.5f * *of_pixel++, 0.0f, 255.0f)));
  return true;
}

}  // namespace ganface::repair
