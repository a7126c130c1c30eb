// SPDX-License-Identifier: MIT
// Owns the telling of a cut from motion in a video.
#pragma once

#include <ganface/image.h>

#include "face/picture.h"

namespace ganface::face {

/// Tells a cut from motion by how much a tiny copy of the picture changes.
class CutDetector {
 public:
  /// Whether the next frame has nothing to do with the last; false for the first.
  bool is_cut(const Picture& picture);
  void reset() { last_ = {}; }

 private:
  Image last_;
};

}  // namespace ganface::face
