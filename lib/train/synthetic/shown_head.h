// SPDX-License-Identifier: MIT
// Owns which labelled head a segmenter's sample shows, and how.
#pragma once

#include <optional>
#include <vector>

#include "train/synthetic/face_pool.h"

namespace ganface::train {

/// A labelled head in a head crop, which its look before shows again.
struct ShownHead {
  size_t number;  ///< of its photograph
  const Photograph& photograph;
  const HeadLabel& label;
  bool is_covered;  ///< by something real, in its photograph
  Similarity map;   ///< pixels of the photograph to the crop's
  Rgb gain;
  bool is_grey;
  std::vector<Spot> points;  ///< the label's, pixels of the crop
  /// What its fringe and its glasses are drawn from, so that it wears the same ones again; empty:
  /// it wears none.
  std::optional<Random> fringe, glasses;

  /// Any head of the pool's, which has labelled ones, without fringe and glasses.
  static ShownHead draw(const FacePool& pool, Random& random);
};

}  // namespace ganface::train
