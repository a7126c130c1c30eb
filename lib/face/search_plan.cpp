// SPDX-License-Identifier: MIT
// Owns the views of a picture in which the detector network looks for faces.
#include "face/search_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ganface::face {
namespace {

constexpr double kMostPixels = 150000;  // of a view of all of the picture
// Side that a view of twice the size shows well. What seems to be a smaller face in the coarser
// view alone is often none.
constexpr double kWell = 100;
constexpr double kTileWidth = 400, kTileHeight = 300;
constexpr double kMargin = 64;  // around a tile: half of a face, and what is around it

// With it, 98 of 100 people with masks are found, many of whom fill the picture; no more with 340.
constexpr double kBorderedSide = 200, kBorder = 0.3;
// Of the picture's shorter side: smaller faces in the bordered view are often none.
constexpr double kLarge = 0.5;

int samples(double length, double step) {
  return std::max(1, static_cast<int>(std::ceil(length / step)));
}

SearchView all_of(double width, double height, double step, int border) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  SearchView view;
  view.left = view.top = -border * step;
  view.step = step;
  view.width = samples(width, step) + 2 * border;
  view.height = samples(height, step) + 2 * border;
  view.border = border;
  view.core_left = view.core_top = -kFar;
  view.core_right = view.core_bottom = kFar;
  return view;
}

std::vector<SearchView> tiles_of(double width, double height, double step) {
  const int columns = samples(width, step * kTileWidth), rows = samples(height, step * kTileHeight);
  std::vector<SearchView> tiles;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      SearchView tile = all_of(width, height, step, 0);
      const auto begin = [&](double length, int i, int count) {
        return i == 0 ? 0 : std::max(0.0, std::floor(length * i / count / step) - kMargin) * step;
      };
      const auto end = [&](double length, int i, int count) {
        return std::min(length, length * (i + 1) / count + kMargin * step);
      };
      tile.left = begin(width, column, columns);
      tile.top = begin(height, row, rows);
      tile.width = samples(end(width, column, columns) - tile.left, step);
      tile.height = samples(end(height, row, rows) - tile.top, step);
      if (column > 0) tile.core_left = width * column / columns;
      if (column + 1 < columns) tile.core_right = width * (column + 1) / columns;
      if (row > 0) tile.core_top = height * row / rows;
      if (row + 1 < rows) tile.core_bottom = height * (row + 1) / rows;
      tiles.push_back(tile);
    }
  return tiles;
}

}  // namespace

bool SearchView::answers_for(const OrientedBox& square) const {
  return square.x >= core_left && square.x < core_right && square.y >= core_top &&
         square.y < core_bottom && square.side() >= least_side;
}

SearchPlan::SearchPlan(double width, double height, double min_face_size) {
  // Small enough to be quick, large enough for the smallest faces that are asked for.
  double fine = 1;
  while (min_face_size / (2 * fine) >= kLeastFound) fine *= 2;
  const double longest = std::max(width, height);
  for (double step = fine;; step *= 2) {
    SearchView view = all_of(width, height, step, 0);
    if (step > fine) view.least_side = kWell * step / 2;
    all.push_back(view);
    if (quick.empty() && width * height <= kMostPixels * step * step) {
      view.least_side = 0;
      quick.push_back(view);
    }
    if (longest <= 0.8 * kMostFound * step && !quick.empty()) break;
  }
  // A view shows faces of sides that differ by a factor of 18: fewer do where time matters.
  for (double step = quick.front().step; longest > 1.6 * kMostFound * step;) {
    step *= 4;
    quick.push_back(all_of(width, height, step, 0));
  }
  if (quick.front().step > fine) tiles = tiles_of(width, height, fine);
  bordered =
      all_of(width, height, longest / kBorderedSide, static_cast<int>(kBorder * kBorderedSide));
  bordered.least_side = kLarge * std::min(width, height);
}

bool SearchPlan::shows(const OrientedBox& square, const SearchView* tile) const {
  constexpr double kSurely = 1.2;
  return tiles.empty() || square.side() >= kSurely * kLeastFound * quick.front().step ||
         (tile != nullptr && tile->answers_for(square));
}

const SearchView* SearchPlan::tile_at(const OrientedBox& square) const {
  const auto tile = std::find_if(tiles.begin(), tiles.end(),
                                 [&](const SearchView& view) { return view.answers_for(square); });
  return tile == tiles.end() ? nullptr : &*tile;
}

}  // namespace ganface::face
