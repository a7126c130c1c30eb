// SPDX-License-Identifier: MIT
// Owns the views of a picture in which the detector network looks for faces.
#pragma once

#include <vector>

#include "face/oriented_box.h"

namespace ganface::face {

/// Sides that the detector network sees, pixels of what it is shown.
constexpr double kLeastFound = 14, kMostFound = 260;

/// A part of a picture at one size.
struct SearchView {
  double left, top;   ///< pixels of the picture
  double step;        ///< pixels of the picture to one of the view, along a side
  int width, height;  ///< pixels of the view
  int border = 0;     ///< of them, at each side, beyond the picture: shown grey
  /// The view answers for faces whose middle is in here (pixels of the picture), and that are at
  /// least so large.
  double core_left, core_top, core_right, core_bottom;
  double least_side = 0;

  bool answers_for(const OrientedBox& square) const;
};

/// The views for a picture of one size and the smallest faces that are asked for. A photograph is
/// searched in all of them. In a video's frame the quick ones are looked at, and one of the tiles,
/// so that the work does not grow with the picture.
struct SearchPlan {
  SearchPlan(double width, double height, double min_face_size);

  /// All of the picture, each half as large as the one before, for faces of every size.
  std::vector<SearchView> all;
  /// With much grey around it, for faces that fill or leave the picture.
  SearchView bordered;
  /// Those whose size does not grow with the picture's.
  std::vector<SearchView> quick;
  /// Parts of the picture for faces too small for the quick views; empty if none are.
  std::vector<SearchView> tiles;

  /// Whether the quick views, or the tile, show so small a face.
  bool shows(const OrientedBox& square, const SearchView* tile) const;
  /// The tile of the square's middle; null if there are none.
  const SearchView* tile_at(const OrientedBox& square) const;
};

}  // namespace ganface::face
