// SPDX-License-Identifier: MIT
// Owns the decisions about all faces of a stream, by their numbers.
#include "face/occlusion_decider.h"

#include <algorithm>
#include <iterator>

#include "face/head_masks.h"

namespace ganface::face {

FaceOcclusion OcclusionDecider::decide(unsigned id, const Sight& sight,
                                       const OcclusionOptions& options, bool is_video) {
  if (!is_video) faces_.erase(id);
  return faces_[id].decide(sight, options, is_video);
}

Image OcclusionDecider::doubtful_part(unsigned id) const {
  const auto face = faces_.find(id);
  return face == faces_.end() ? Image(kMaskSide, kMaskSide, 1) : face->second.doubtful_part();
}

bool OcclusionDecider::is_repaired(unsigned id) const {
  const auto face = faces_.find(id);
  return face != faces_.end() && face->second.is_repaired();
}

void OcclusionDecider::keep(const std::vector<unsigned>& ids) {
  for (auto face = faces_.begin(); face != faces_.end();)
    face = std::find(ids.begin(), ids.end(), face->first) == ids.end() ? faces_.erase(face)
                                                                       : std::next(face);
}

}  // namespace ganface::face
