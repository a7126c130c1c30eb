// SPDX-License-Identifier: MIT
// Owns the fit of a reference to a crop as a whole.
#pragma once

#include "nn/registration/reference_field.h"

namespace ganface::nn {

/// A reference field brought nearer to what the crop shows. A network says for each cell how the
/// reference moves and is relit, but in a large hole it has nothing to go by. From the kept pixels
/// alone, a similarity (Lucas and Kanade 1981, with weights that fall with the error) and a light
/// that changes evenly over the crop are fitted to the whole face; inside the hole they take the
/// place of the network's cells, and near kept pixels the cells stay. Where the fit explains the
/// kept pixels worse than the network does, the field stays as it is; but where the reference shows
/// the crop's own face, no cell's light may be far from the even one, or what covers a face tints
/// what is next to it. Gradients reach `field` where
/// its cells stay; the fit itself has none.
///
/// `crop` [N, 3, S, S] with its hole filled somehow, `hole` [N, 1, S, S], `reference`
/// [N, 4, S, S]: its colours, 0 where it is not known, and 1 where it is known; S a multiple of 32.
/// Throws c10::Error for other sizes.
ReferenceField fitted(const ReferenceField& field, const at::Tensor& crop, const at::Tensor& hole,
                      const at::Tensor& reference);

/// A reference moved and relit to lie over a crop.
struct LaidReference {
  at::Tensor picture;  ///< [N, 3, S, S]
  at::Tensor known;    ///< [N, 1, S, S]: 1 where the reference tells what there is, 0 elsewhere
};

/// The same fit without a network: for a reference that is nearly in place already. `kept`
/// [N, 1, S, S]: 1 where crop and reference may be compared; what has changed there nonetheless
/// counts little. Where nothing can be fitted, nothing is known. No gradients. Throws c10::Error
/// for sizes that differ.
LaidReference laid_over(const at::Tensor& crop, const at::Tensor& kept,
                        const at::Tensor& reference);

}  // namespace ganface::nn
