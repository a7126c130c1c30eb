// SPDX-License-Identifier: MIT
// Owns the ids of faces that other elements found.
#include "facemask/region_ids.h"

#include <cmath>

namespace ganface::gst {
namespace {

constexpr double kFarthest = 0.5;  // of the crop's side

// Distance between the centre of `face` and the centre of the crop of `track`, in crop sides.
double distance(const CanonicalTransform& track, const CanonicalTransform& face) {
  const double determinant = face[0] * face[4] - face[1] * face[3];
  const double u = 0.5 - face[2], v = 0.5 - face[5];
  const double x = (face[4] * u - face[1] * v) / determinant;
  const double y = (face[0] * v - face[3] * u) / determinant;
  return std::hypot(track[0] * x + track[1] * y + track[2] - 0.5,
                    track[3] * x + track[4] * y + track[5] - 0.5);
}

}  // namespace

void RegionIds::number(std::vector<TrackedFace>& faces) {
  for (TrackedFace& face : faces) {
    auto nearest = last_.end();
    double nearest_distance = kFarthest;
    for (auto other = last_.begin(); other != last_.end(); ++other) {
      const double away = distance(other->transform, face.transform);
      if (away < nearest_distance) {
        nearest = other;
        nearest_distance = away;
      }
    }
    if (nearest == last_.end()) {
      face.id = next_id_++;
    } else {
      face.id = nearest->id;
      last_.erase(nearest);
    }
  }
  last_ = faces;
}

}  // namespace ganface::gst
