// SPDX-License-Identifier: MIT
// Owns what stands in for networks, which no target has time for.
#pragma once

#include <ganface/repair.h>

namespace ganface::fuzz {

/// What the stand-in for Inpainter answers, as a network might.
struct Answers {
  RepairMethod method = RepairMethod::kCompletion;
  int size = 128;        ///< the model's side, where it is no completion of a larger crop
  uint8_t colour = 90;   ///< of a completion
  bool is_soft = false;  ///< alpha falls off within the hole
  bool fails = false;    ///< no loss is finite
};
Answers& answers();

}  // namespace ganface::fuzz
