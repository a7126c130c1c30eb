// SPDX-License-Identifier: MIT
// Owns contact sheets: many images of one size in a grid.
#pragma once

#include <ganface/image.h>

#include <vector>

namespace ganface {

/// RGB images of equal size, row by row, `columns` to a row; missing cells at the end are black.
/// Grey images are shown as grey. Throws Error(kInput) when the sizes differ or there are none.
Image contact_sheet(const std::vector<Image>& images, int columns);

}  // namespace ganface
