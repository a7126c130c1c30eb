// SPDX-License-Identifier: MIT
// Owns contact sheets: many images of one size in a grid.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

#include <string>
#include <vector>

namespace ganface {

/// Columns and rows of a grid of images.
struct Grid {
  int columns = 0;
  int rows = 0;
};

/// "8x4" -> 8 columns, 4 rows. Throws Error(kUsage) when the text is of another form or a number is
/// not 1 to 64.
GANFACE_API Grid parse_grid(const std::string& text);

/// RGB images of equal size, row by row, `columns` to a row; missing cells at the end are black.
/// Grey images are shown as grey. Throws Error(kInput) when the sizes differ or there are none.
GANFACE_API Image contact_sheet(const std::vector<Image>& images, int columns);

}  // namespace ganface
