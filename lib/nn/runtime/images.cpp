// SPDX-License-Identifier: MIT
// Owns the step between 8-bit images and the networks' tensors.
#include "nn/runtime/images.h"

#include <ATen/ATen.h>

#include <ganface/error.h>

#include <algorithm>
#include <string>

namespace ganface::nn {

at::Tensor to_signed_unit(const at::Tensor& bytes) {
  return bytes.to(torch::kFloat32).mul_(1 / 127.5).sub_(1);
}

at::Tensor to_bytes(const at::Tensor& values) {
  return values.detach()
      .to(torch::kFloat32)
      .add(1)
      .mul_(127.5)
      .round_()
      .clamp_(0, 255)
      .to(torch::kUInt8);
}

namespace {

// Of one batch: square, and all alike.
void expect_alike(const Image& image, int64_t side, int64_t channels) {
  if (image.width == side && image.height == side && image.channels == channels) return;
  const auto size = [](int64_t width, int64_t height, int64_t depth) {
    return std::to_string(width) + "x" + std::to_string(height) + "x" + std::to_string(depth);
  };
  throw Error(ErrorCode::kInput, "a batch's images must be square and of one size, got " +
                                     size(image.width, image.height, image.channels) +
                                     ", expected " + size(side, side, channels));
}

}  // namespace

at::Tensor stack_images(const std::vector<Image>& images) {
  const int64_t side = images.empty() ? 0 : images.front().width;
  const int64_t channels = images.empty() ? 3 : images.front().channels;
  at::Tensor stacked =
      at::empty({static_cast<int64_t>(images.size()), side, side, channels}, torch::kUInt8);
  auto* target = stacked.data_ptr<uint8_t>();
  for (const Image& image : images) {
    expect_alike(image, side, channels);
    target = std::copy(image.pixels.begin(), image.pixels.end(), target);
  }
  return stacked;
}

at::Tensor stack_masks(const std::vector<const Image*>& masks) {
  const int64_t side = masks.empty() ? 0 : masks.front()->width;
  at::Tensor stacked = at::empty({static_cast<int64_t>(masks.size()), 1, side, side});
  auto* target = stacked.data_ptr<float>();
  for (const Image* mask : masks) {
    expect_alike(*mask, side, 1);
    target = std::transform(mask->pixels.begin(), mask->pixels.end(), target,
                            [](uint8_t pixel) { return pixel != 0 ? 1.f : 0.f; });
  }
  return stacked;
}

at::Tensor network_input(const at::Tensor& stacked) {
  return to_signed_unit(stacked).permute({0, 3, 1, 2});
}

std::vector<Image> to_images(const at::Tensor& batch) {
  TORCH_CHECK(batch.dim() == 4 && batch.size(1) == 3, "to_images: the batch is ", batch.sizes(),
              ", expected [N, 3, height, width]");
  const at::Tensor bytes = to_bytes(batch.cpu()).permute({0, 2, 3, 1}).contiguous();
  std::vector<Image> images;
  const auto* source = bytes.data_ptr<uint8_t>();
  for (int64_t n = 0; n < bytes.size(0); ++n) {
    Image image(static_cast<int>(bytes.size(2)), static_cast<int>(bytes.size(1)), 3);
    std::copy_n(source + n * static_cast<int64_t>(image.pixels.size()), image.pixels.size(),
                image.pixels.begin());
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace ganface::nn
