// SPDX-License-Identifier: MIT
// Owns what becomes of a face once the network has completed it: its side, its border, its colours.
#pragma once

#include "models/completion_network.h"
#include "repair/person_detail.h"
#include "repair/repair_engine.h"

namespace ganface::repair {

/// A face with what the network made of it, on the CPU: [1, channels, 128, 128].
struct CompletedFace {
  const DamagedFace& face;
  const at::Tensor crop, hole;
  const at::Tensor prior_sample;  ///< undefined without a prior
  const Image& network_hole;      ///< `hole` as an image
  nn::CompletionOutput output;
  nn::PersonDetail detail;  ///< undefined without any
};

/// The face as it is given back. A larger crop's completion is enlarged, and what comes from
/// another look at the face keeps its own sharpness. `refinement` repaints it, if it is not empty.
RepairedFace finish_face(CompletedFace completed, const RepairOptions& options,
                         nn::RefinementNetwork refinement);

/// Mean of a map over a hole, both of one shape.
double mean_in_hole(const at::Tensor& map, const at::Tensor& hole);

}  // namespace ganface::repair
