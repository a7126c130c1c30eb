// SPDX-License-Identifier: MIT
// Owns what a completion is wrong by.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace ganface::train {

/// Images are [N, 3, H, W], holes and weights [N, 1, H, W], losses scalars unless said otherwise.

/// Mean over images of the weighted mean over an image's pixels.
at::Tensor weighted_mean(const at::Tensor& values, const at::Tensor& weights);

/// Root of the weighted mean of squares over an image's pixels, mean over images: every face counts
/// alike, as it does in decibels, and inside a face the mean is sought, not the median.
at::Tensor root_mean_square(const at::Tensor& difference, const at::Tensor& weights);

/// The same of the means of cells of 4 x 4 pixels, each over what of it lies in the hole. A critic
/// may ask for other detail than the truth's, but not for another face.
at::Tensor coarse_error(const at::Tensor& difference, const at::Tensor& hole);

/// Energy of fine detail that repeats from block to block of the network's 4 x 4 pixels over some
/// blocks, which a critic takes for detail and the eye for a grid. Slopes and edges have none.
at::Tensor grid_energy(const at::Tensor& image, const at::Tensor& hole);

/// Squared differences of neighbours that both lie in the hole: [N].
at::Tensor gradient_energy(const at::Tensor& image, const at::Tensor& hole);

constexpr int kBands = 3;  ///< of detail: what is finer than about six pixels

/// How far the energy of each band of detail in a hole is from the truth's: the mean square of
/// its logarithm. What detail there should be is a critic's affair; this asks for as much, and for
/// no more of what is finest, which a critic is easily paid in. Image and truth as
/// nn::without_each_band() gives them, kBands of them.
at::Tensor band_error(const std::vector<at::Tensor>& image, const std::vector<at::Tensor>& truth,
                      const at::Tensor& hole);

}  // namespace ganface::train
