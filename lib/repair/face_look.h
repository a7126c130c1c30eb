// SPDX-License-Identifier: MIT
// Owns other looks at a face that is repaired, as networks are shown them.
#pragma once

#include <ganface/repair.h>
#include <torch/types.h>

namespace ganface::repair {

/// RGB -> [1, 3, S, S] in [-1, 1].
at::Tensor tensor_of(const Image& image);

/// Where a look is known, at another side: 255 or 0. A pixel is known when all of it was.
Image scaled_known(const Image& known, int side);

/// What a face looked like before, or a photograph of the person.
struct FaceLook {
  const Image& picture;
  const Image* known;  ///< null: all of it

  static FaceLook before(const DamagedFace& face) { return {face.reference, &face.known}; }
  /// The photograph, where the face brings one.
  static FaceLook of_person(const DamagedFace& face) {
    return face.photograph.empty() ? before(face) : FaceLook{face.photograph, nullptr};
  }
  /// Colours, 0 where they are not known, and where they are: [1, 4, side, side].
  at::Tensor tensor(int side) const;
};

}  // namespace ganface::repair
