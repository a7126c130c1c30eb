// SPDX-License-Identifier: MIT
// Owns contact sheets: many images of one size in a grid.
#include <ganface/error.h>
#include <ganface/sheet.h>

#include <cstdio>

namespace ganface {
namespace {

constexpr int kLargestGrid = 64;  // cells along a side

}  // namespace

Grid parse_grid(const std::string& text) {
  Grid grid;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%dx%d%c", &grid.columns, &grid.rows, &rest) != 2 ||
      grid.columns < 1 || grid.rows < 1 || grid.columns > kLargestGrid || grid.rows > kLargestGrid)
    throw Error(ErrorCode::kUsage, "grid '" + text +
                                       "' is not COLUMNSxROWS with numbers from 1 to " +
                                       std::to_string(kLargestGrid) + ", such as 8x8");
  return grid;
}

Image contact_sheet(const std::vector<Image>& images, int columns) {
  if (images.empty() || columns < 1)
    throw Error(ErrorCode::kInput, "a contact sheet needs at least one image and one column");
  const int width = images.front().width, height = images.front().height;
  const int rows = (static_cast<int>(images.size()) + columns - 1) / columns;
  Image sheet(width * columns, height * rows, 3);
  for (size_t i = 0; i < images.size(); ++i) {
    const Image& image = images[i];
    if (image.width != width || image.height != height)
      throw Error(ErrorCode::kInput, "the images of a contact sheet differ in size");
    const int column = static_cast<int>(i) % columns, row = static_cast<int>(i) / columns;
    for (int y = 0; y < height; ++y) {
      uint8_t* target = sheet.row(row * height + y) + column * width * 3;
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < 3; ++c)
          *target++ = image.row(y)[x * image.channels + (image.channels == 3 ? c : 0)];
    }
  }
  return sheet;
}

}  // namespace ganface
