// SPDX-License-Identifier: MIT
// Owns a face's canonical square as it is found, and what it has to do with transforms and with
// other squares.
#include "face/oriented_box.h"

#include <algorithm>
#include <cmath>

namespace ganface::face {

double OrientedBox::side() const { return std::hypot(edge_x, edge_y); }

OrientedBox OrientedBox::out_of(const OrientedBox& frame) const {
  return {score, frame.x + frame.edge_x * x - frame.edge_y * y,
          frame.y + frame.edge_y * x + frame.edge_x * y,
          frame.edge_x * edge_x - frame.edge_y * edge_y,
          frame.edge_y * edge_x + frame.edge_x * edge_y};
}

OrientedBox OrientedBox::turned(double angle) const {
  return OrientedBox{score, 0, 0, std::cos(angle), std::sin(angle)}.out_of(*this);
}

OrientedBox OrientedBox::enlarged(double span) const {
  return {score, x, y, span * edge_x, span * edge_y};
}

CanonicalTransform transform_of_square(const OrientedBox& square) {
  const double squared = square.edge_x * square.edge_x + square.edge_y * square.edge_y;
  const double a = square.edge_x / squared, b = square.edge_y / squared;
  return {a, b, 0.5 - a * square.x - b * square.y, -b, a, 0.5 + b * square.x - a * square.y};
}

OrientedBox box_of_transform(const CanonicalTransform& t) {
  const double determinant = t[0] * t[4] - t[1] * t[3];
  const double u = 0.5 - t[2], v = 0.5 - t[5];
  OrientedBox square;
  square.score = 1;
  square.x = (t[4] * u - t[1] * v) / determinant;
  square.y = (t[0] * v - t[3] * u) / determinant;
  square.edge_x = t[4] / determinant;
  square.edge_y = -t[3] / determinant;
  return square;
}

double corner_distance(const OrientedBox& a, const OrientedBox& b) {
  const double dx = a.x - b.x, dy = a.y - b.y;
  const double du = a.edge_x - b.edge_x, dv = a.edge_y - b.edge_y;
  return std::sqrt(dx * dx + dy * dy + (du * du + dv * dv) / 2) / b.side();
}

double middle_distance(const OrientedBox& a, const OrientedBox& b) {
  return std::hypot(a.x - b.x, a.y - b.y) / std::max(a.side(), b.side());
}

OrientedBox blend(const OrientedBox& from, const OrientedBox& to, double share) {
  const auto between = [share](double a, double b) { return a + (b - a) * share; };
  return {to.score, between(from.x, to.x), between(from.y, to.y), between(from.edge_x, to.edge_x),
          between(from.edge_y, to.edge_y)};
}

}  // namespace ganface::face
