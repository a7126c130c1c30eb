// SPDX-License-Identifier: MIT
// Owns how pictures of a face are carried from frame to frame: moved and relit by their matches
// with one reference.
#pragma once

#include <ganface/repair.h>

namespace ganface::video {

/// Mean length of the match's flow, in sides of the crop.
double mean_flow(const ReferenceMatch& match);

/// Mixes the last completion into the repair, in its hole, where both show about the same. The last
/// one is moved and relit first as the face was since, which both matches with the same reference
/// tell; without them it stays as it is.
void steady(const Image& last_completion, const ReferenceMatch& last_match, const Image& hole,
            RepairedFace& repaired);

/// Adds to a look at a face (its crop, and 255 in `known` where it shows the face) what comes to
/// light of it in a crop that it was matched with; `seen`: 255 where that shows the face.
void extend(Image& look, Image& known, const Image& crop, const Image& seen,
            const ReferenceMatch& match);

}  // namespace ganface::video
