// SPDX-License-Identifier: MIT
// Owns the bands of detail of pictures.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace ganface::nn {

/// What is left of pictures [N, C, H, W] without which band of detail, 0 the finest: rows and
/// columns filtered with (1, 2, 1) / 4, 2^band pixels apart, their borders repeated. One band
/// after the other: the wavelets "a trous" (Holschneider et al. 1989).
at::Tensor without_band(const at::Tensor& pictures, int band);

/// The pictures, and what is left of them without the finest 1, 2, ... `count` bands.
std::vector<at::Tensor> without_each_band(const at::Tensor& pictures, int count);

/// Without the finest `count` bands.
at::Tensor without_bands(const at::Tensor& pictures, int count);

/// Pictures without what alternates, where `hole` [N, 1, H, W] is 1, from row to row or from column
/// to column: its mean over seven pixels of the hole. Photographs have hardly any of it; what a
/// network paints when a critic asks for detail has, up to forty times as much.
at::Tensor without_mesh(const at::Tensor& pictures, const at::Tensor& hole);

}  // namespace ganface::nn
