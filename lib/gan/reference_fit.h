// SPDX-License-Identifier: MIT
// Owns the fit of a reference to a crop as a whole.
#pragma once

#include "gan/completion_network.h"

namespace ganface::gan {

/// A reference field brought nearer to what the crop shows. A network says for each cell how the
/// reference moves and is relit, but in a large hole it has nothing to go by. From the kept pixels
/// alone, a similarity (Lucas and Kanade 1981, with weights that fall with the error) and a light
/// that changes evenly over the crop are fitted to the whole face; inside the hole they take the
/// place of the network's cells, and near kept pixels the cells stay. Where the fit explains the
/// kept pixels worse than the network does, the field stays as it is. Without gradients.
///
/// `crop` [N, 3, S, S] with its hole filled somehow, `hole` [N, 1, S, S], `reference`
/// [N, 4, S, S]: its colours, 0 where it is not known, and 1 where it is known; S a multiple of 32.
ReferenceField fitted(const ReferenceField& field, const at::Tensor& crop, const at::Tensor& hole,
                      const at::Tensor& reference);

}  // namespace ganface::gan
