// SPDX-License-Identifier: MIT
// Owns the fit of one picture as a whole to another: a similarity and an even light.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ganface::nn {

/// How a picture is moved and relit to lie over another. Places are in half sides from the middle.
struct WholeMap {
  /// Shift x and y, stretch, turn: what the other picture shows at (x, y) is here at
  /// (x + shift_x + stretch x - turn y, y + shift_y + turn x + stretch y).
  std::array<double, 4> similarity{};
  /// For each colour in [0, 2]: gain, its slopes along x and y, and an offset.
  std::array<std::array<double, 4>, 3> light{{{1, 0, 0, 0}, {1, 0, 0, 0}, {1, 0, 0, 0}}};
};

/// Square pictures, side x side pixels row by row, colour after colour, in [-1, 1].
struct WholeFitInput {
  int64_t side;
  const float* seen;       ///< 3 colours
  const float* kept;       ///< 1 where pixels of `seen` count, 0 elsewhere
  const float* reference;  ///< 3 colours, 0 where they are not known, and 1 where they are known
};

struct GlobalRegistration {
  WholeMap map;
  double error = 0;   ///< mean absolute difference where both are known
  double counts = 0;  ///< share of the pixels where both are known
};

/// The map from a similarity on, in so many steps of Gauss and Newton (Lucas and Kanade 1981) with
/// weights that fall with the error; `weight` (side x side) are the first ones.
GlobalRegistration register_globally(const WholeFitInput& input, const std::array<double, 4>& start,
                                     std::vector<float> weight, int steps);

/// The similarity whose flow is nearest to `flow` (x, then y; cells x cells, half sides) where
/// `weight` (cells x cells) says.
std::array<double, 4> similarity_near(const float* flow, const float* weight, int64_t cells);

/// Writes the reference (as in WholeFitInput) as the map shows it: 3 colours to `picture`, and 1
/// where it is known all over, 0 elsewhere, to `known`.
void lay(const float* reference, int64_t side, const WholeMap& map, float* picture, float* known);

/// The map's flow (x, then y), and its gain and offset for each colour in [-1, 1], on a grid of
/// side x side.
void write_flow(const WholeMap& map, int64_t side, float* flow);
void write_light(const WholeMap& map, int64_t side, float* gain, float* offset);

}  // namespace ganface::nn
