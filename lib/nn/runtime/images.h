// SPDX-License-Identifier: MIT
// Owns the step between 8-bit images and the networks' tensors.
#pragma once

#include <ganface/image.h>
#include <torch/types.h>

#include <vector>

namespace ganface::nn {

/// 8-bit [0, 255] -> float32 [-1, 1]; any shape.
at::Tensor to_signed_unit(const at::Tensor& bytes);
/// float [-1, 1] -> 8-bit, rounded and clamped; any shape.
at::Tensor to_bytes(const at::Tensor& values);

/// Images of one square size and number of channels -> uint8 [N, S, S, channels].
at::Tensor stack_images(const std::vector<Image>& images);
/// Masks of one square size, 1 channel -> float32 [N, 1, S, S]: 1 where they are not 0.
at::Tensor stack_masks(const std::vector<const Image*>& masks);
/// uint8 [N, S, S, 3] -> float32 [N, 3, S, S] in [-1, 1], channels last in memory.
at::Tensor network_input(const at::Tensor& stacked);
/// [N, 3, S, S] in [-1, 1] -> RGB images. Throws c10::Error for other sizes.
std::vector<Image> to_images(const at::Tensor& batch);

}  // namespace ganface::nn
