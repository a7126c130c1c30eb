// SPDX-License-Identifier: MIT
// Owns what occluders can be: the things that are drawn before faces, in coordinates in which the
// canonical crop is the unit square.
#pragma once

#include "train/synthetic/occluders/signed_distance.h"
#include "train/synthetic/occluders/surfaces.h"
#include "train/synthetic/photographs.h"

namespace ganface::train {

struct Thing {
  Shape shape;
  Surface surface;
};

// In hands.cpp. `face` is the photograph whose skin they often share.

/// `highest`, `lowest`: of where its middle may be.
Thing draw_hand(const Photographs& photographs, const Photograph& face, float highest, float lowest,
                Random& random);
/// A few fingers, or a fingertip, that come in from outside.
Thing draw_fingers(const Photographs& photographs, const Photograph& face, Random& random);

// In objects.cpp.

/// A thing of any simple outline.
Thing draw_object(const Photographs& photographs, Random& random);
/// A bar, a beam, a pole, an arm: from outside to outside. An arm may have the skin of `face`.
Thing draw_bar(const Photographs& photographs, const Photograph& face, Random& random);
/// A rope, a strap, a branch: a stroke that winds about, and the face shows between its turns.
Thing draw_rope(const Photographs& photographs, Random& random);
/// A thing with gaps: bars of a fence, meshes of a net, or a plate with holes punched in it.
Thing draw_openwork(const Photographs& photographs, Random& random);
Thing draw_microphone(Random& random);
Thing draw_cup(const Photographs& photographs, Random& random);

// In face_wear.cpp: where a face of the canonical crop wears them.

Thing draw_medical_mask(Random& random);
Thing draw_dark_glasses(Random& random);

// In text.cpp.

/// Strokes in rows, as letters and logos are.
Thing draw_text(Random& random);

}  // namespace ganface::train
