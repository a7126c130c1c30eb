// SPDX-License-Identifier: MIT
// Owns how sure the networks must be before a face is repaired.
#include "face/caution.h"

namespace ganface::face {

Thresholds thresholds_of(Caution caution, bool is_video) {
  switch (caution) {
    case Caution::kNone:
      return {0, 0, 0, 0, 0.45f, 0.3f, 0, 40, false};
    case Caution::kHigh:
      return {0.99, 0.99, 0.99, 0.85, 0.9f, 0.6f, 5, 100, is_video};
    case Caution::kNormal:
      break;
  }
  return is_video ? Thresholds{0.97, 0.97, 0.97, 0, 0.75f, 0.45f, 5, 100, true}
                  : Thresholds{0.25, 0.95, 0.97, 0.78, 0.85f, 0.45f, 3, 40, false};
}

}  // namespace ganface::face
