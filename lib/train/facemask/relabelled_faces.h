// SPDX-License-Identifier: MIT
// Owns the correction of where photographs' faces are.
#pragma once

#include <string>
#include <vector>

#include "train/synthetic/photographs.h"

namespace ganface::train {

/// Where each photograph's face is: its pixels to the canonical crop as the unit square, in the
/// face's own axes. For the
/// most part where the aligner of a facemask model (name or path) sees it, the mean of several
/// views; deep funneling, which has the rest of the say, is wrong by about a twenty-fifth of a
/// face's side, which an aligner would have to learn to overlook. Throws Error(kModel).
std::vector<Similarity> seen_faces(const Photographs& photographs, const std::string& model);

}  // namespace ganface::train
