// SPDX-License-Identifier: MIT
// Owns a face's canonical square as it is found, and what it has to do with transforms and with
// other squares.
#pragma once

#include <ganface/frame.h>

namespace ganface::face {

/// A face's canonical square as a network sees it: centre, and upper edge as a vector from its left
/// to its right end.
struct OrientedBox {
  double score = 0;  ///< 0 to 1
  double x = 0, y = 0, edge_x = 0, edge_y = 0;

  double side() const;

  /// This square, given in sides of `frame` from its middle along its edges, in the coordinates of
  /// `frame`.
  OrientedBox out_of(const OrientedBox& frame) const;
  /// This square turned about its middle, by `angle` radians from x to y.
  OrientedBox turned(double angle) const;
  /// The square around this one, `span` times as large.
  OrientedBox enlarged(double span) const;
};

/// The similarity under which the square is the canonical crop, and the square of a transform.
CanonicalTransform transform_of_square(const OrientedBox& square);
OrientedBox box_of_transform(const CanonicalTransform& transform);

/// How far the corners of two squares are apart, root mean square, in sides of the second.
double corner_distance(const OrientedBox& a, const OrientedBox& b);
/// How far their middles are apart, in sides of the larger one.
double middle_distance(const OrientedBox& a, const OrientedBox& b);
/// The square that lies `share` of the way between two, with the second one's score.
OrientedBox blend(const OrientedBox& from, const OrientedBox& to, double share);

}  // namespace ganface::face
