// SPDX-License-Identifier: MIT
// Owns face ids that stay the same from frame to frame.
#include "face_tracks.h"

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

std::vector<unsigned> FaceTracks::update(const std::vector<DetectedFace>& faces) {
  std::vector<Track> current;
  std::vector<unsigned> ids;
  for (const DetectedFace& face : faces) {
    auto nearest = tracks_.end();
    double nearest_distance = kFarthest;
    for (auto track = tracks_.begin(); track != tracks_.end(); ++track) {
      const double away = distance(track->transform, face.transform);
      if (away < nearest_distance) {
        nearest = track;
        nearest_distance = away;
      }
    }
    unsigned id = next_id_;
    if (nearest == tracks_.end()) {
      ++next_id_;
    } else {
      id = nearest->id;
      tracks_.erase(nearest);
    }
    current.push_back({id, face.transform});
    ids.push_back(id);
  }
  tracks_ = std::move(current);
  return ids;
}

}  // namespace ganface::gst
