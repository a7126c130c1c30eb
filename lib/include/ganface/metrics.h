// SPDX-License-Identifier: MIT
// Owns the measures of how close a repaired image is to the truth.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

namespace ganface {

/// Peak signal-to-noise ratio in dB over all channels of the pixels where `where` is non-zero (all
/// pixels when it is empty). Identical pixels give 100. Throws Error(kInput) when the images differ
/// in size or no pixel is chosen.
GANFACE_API double psnr(const Image& image, const Image& truth, const Image& where = {});

/// Mean structural similarity of the grey images (Rec. 601 luma) over the pixels chosen as in
/// psnr(): Gaussian window 11 x 11 with sigma 1.5, K1 = 0.01, K2 = 0.03, borders reflected.
/// Source: Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 2004.
GANFACE_API double ssim(const Image& image, const Image& truth, const Image& where = {});

/// Sum over channels of the squared differences of neighbouring pixels, right and below, that are
/// both chosen as in psnr(): how much detail an image has. Throws as psnr().
GANFACE_API double gradient_energy(const Image& image, const Image& where = {});

}  // namespace ganface
