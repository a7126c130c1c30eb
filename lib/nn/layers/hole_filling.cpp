// SPDX-License-Identifier: MIT
// Owns a smooth estimate of what is in a hole, for networks to start from.
#include "nn/layers/hole_filling.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "nn/runtime/parallel_for.h"

namespace ganface::nn {
namespace {

// fill_holes() on any device and with gradients, a level at a time.
at::Tensor filled_anywhere(const at::Tensor& images, const at::Tensor& holes) {
  const at::Tensor is_kept = holes == 0;
  const at::Tensor known = at::where(is_kept, images, at::zeros({}, images.options()));
  if (images.size(2) == 1) return known;
  // Pull: the mean of the kept pixels of each 2 x 2 block, where there are any.
  const at::Tensor share = at::avg_pool2d(is_kept.to(images.scalar_type()), 2);
  const at::Tensor mean = at::avg_pool2d(known, 2) / share.clamp_min(0.25);
  const at::Tensor coarse = filled_anywhere(mean, (share == 0).to(images.scalar_type()));
  // Push: what is still missing comes from the coarser picture.
  const at::Tensor estimate =
      at::upsample_bilinear2d(coarse, {images.size(2), images.size(3)}, false);
  return at::where(is_kept, images, estimate);
}

// Fills a picture [channels, side, side] where `kept` [side, side] is 0: the same, pixel by pixel,
// and no coarser than needed.
void fill(float* picture, const std::vector<uint8_t>& kept, int64_t channels, int64_t side) {
  const int64_t pixels = side * side, half = side / 2;
  if (std::all_of(kept.begin(), kept.end(), [](uint8_t pixel) { return pixel != 0; })) return;
  if (side == 1) {
    std::fill_n(picture, channels, 0.f);
    return;
  }
  std::vector<float> coarse(static_cast<size_t>(channels * half * half));
  std::vector<uint8_t> coarse_kept(static_cast<size_t>(half * half));
  for (int64_t y = 0; y < half; ++y)
    for (int64_t x = 0; x < half; ++x) {
      const int64_t first = 2 * y * side + 2 * x;
      const int64_t block[] = {first, first + 1, first + side, first + side + 1};
      int count = 0;
      for (const int64_t i : block) count += kept[static_cast<size_t>(i)];
      coarse_kept[static_cast<size_t>(y * half + x)] = count > 0;
      for (int64_t c = 0; c < channels; ++c) {
        float sum = 0;
        for (const int64_t i : block)
          if (kept[static_cast<size_t>(i)] != 0) sum += picture[c * pixels + i];
        coarse[static_cast<size_t>((c * half + y) * half + x)] =
            sum / static_cast<float>(std::max(count, 1));
      }
    }
  fill(coarse.data(), coarse_kept, channels, half);
  // Bilinear: the nearer of two coarse pixels counts three times.
  const auto other = [half](int64_t i) {
    return std::clamp<int64_t>(i % 2 == 0 ? i / 2 - 1 : i / 2 + 1, 0, half - 1);
  };
  for (int64_t y = 0; y < side; ++y)
    for (int64_t x = 0; x < side; ++x) {
      const int64_t i = y * side + x;
      if (kept[static_cast<size_t>(i)] != 0) continue;
      for (int64_t c = 0; c < channels; ++c) {
        const float* near = coarse.data() + (c * half + y / 2) * half;
        const float* far = coarse.data() + (c * half + other(y)) * half;
        picture[c * pixels + i] =
            (9 * near[x / 2] + 3 * near[other(x)] + 3 * far[x / 2] + far[other(x)]) / 16;
      }
    }
}

}  // namespace

at::Tensor fill_holes(const at::Tensor& images, const at::Tensor& holes) {
  TORCH_CHECK(images.dim() == 4, "fill_holes: the images are ", images.sizes(),
              ", expected [N, C, S, S]");
  const int64_t channels = images.size(1), side = images.size(2), pixels = side * side;
  TORCH_CHECK(side > 0 && (side & (side - 1)) == 0 && images.size(3) == side,
              "fill_holes: the images are ", images.sizes(),
              ", expected squares with a power of two as side");
  TORCH_CHECK(holes.sizes() == at::IntArrayRef({images.size(0), 1, side, side}),
              "fill_holes: the holes are ", holes.sizes(), ", expected [", images.size(0), ", 1, ",
              side, ", ", side, "]");
  const bool differentiated = at::GradMode::is_enabled() && images.requires_grad();
  if (differentiated || !images.device().is_cpu() || images.scalar_type() != torch::kFloat32)
    return filled_anywhere(images, holes);
  const at::Tensor filled = images.clone(at::MemoryFormat::Contiguous);
  const at::Tensor kept = holes.eq(0).to(torch::kUInt8).contiguous();
  parallel_for(images.size(0), [&](int64_t i) {
    const uint8_t* own = kept.data_ptr<uint8_t>() + i * pixels;
    fill(filled.data_ptr<float>() + i * channels * pixels, {own, own + pixels}, channels, side);
  });
  return filled;
}

at::Tensor deep_inside(const at::Tensor& holes) {
  constexpr int64_t kWindow = 3;
  const at::Tensor deep = 1 - at::max_pool2d(1 - holes, kWindow, 1, kWindow / 2);
  return at::avg_pool2d(deep, kWindow, 1, kWindow / 2, false, false) * holes;
}

}  // namespace ganface::nn
