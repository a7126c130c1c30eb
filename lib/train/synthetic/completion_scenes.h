// SPDX-License-Identifier: MIT
// Owns the damaged faces, with what was seen of them before, that completion is trained on.
#pragma once

#include <vector>

#include "train/synthetic/photographs.h"

namespace ganface::train {

/// What is known of a damaged face beside the picture itself.
enum class ReferenceKind {
  kNone,
  kMoved,   ///< the same photograph moved, relit, recompressed, perhaps partly covered
  kPerson,  ///< another photograph of the same person
};

/// A damaged canonical crop with its truth. Images have the completion network's side.
struct CompletionSample {
  Image truth;    ///< RGB
  Image damaged;  ///< RGB: with the shadows and blurred edges of what stands in front
  Image hole;     ///< 1 channel, 255 = missing
  ReferenceKind kind = ReferenceKind::kNone;
  Image reference;  ///< RGB
  Image valid;      ///< 1 channel, 255 = known; all 0 without a reference
  /// kMoved: where the reference shows what the crop's places show, as ReferenceField::flow,
  /// [2][16] [16] row by row.
  std::vector<float> flow;
};

/// Draws damaged faces from photographs.
class CompletionScenes {
 public:
  explicit CompletionScenes(const Photographs& photographs) : photographs_(photographs) {}
  CompletionSample sample(Random& random) const;

 private:
  const Photographs& photographs_;
};

}  // namespace ganface::train
