// SPDX-License-Identifier: MIT
// Owns what a face's outline tells: whether there is a face, and where its upper half ends.
#pragma once

#include <ganface/occlusion.h>

namespace ganface::face {

/// Whether the head's outline is about as large and as central as a face's, and the segmenter sure
/// of it.
bool is_outline_of_face(const HeadSegmentation& head);

/// The row at half the height of the face's outline.
int middle_row(const Image& outline);

/// Whether enough of the face's upper half is to be seen that a medical mask alone may cover the
/// rest.
bool shows_eyes(const Image& hole, const Image& outline);

}  // namespace ganface::face
