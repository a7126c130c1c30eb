// SPDX-License-Identifier: MIT
// Owns what an evaluation shows of each face: its damaged crop, and what lies beside it.
#pragma once

#include <ganface/evaluation.h>

namespace ganface::repair {

/// As reference_by_name() reads it.
const char* name_of(EvaluationReference reference);

/// So many of the files, spread evenly; all when `limit` is 0.
std::vector<std::filesystem::path> spread(const std::vector<std::filesystem::path>& files,
                                          size_t limit);

/// A photograph's canonical crop. Throws Error that names the file.
Image canonical_photograph(const std::filesystem::path& file, int size);

/// The face with what is missing painted grey.
Image without_hole(const Image& face, const Image& hole);

/// Gives the photograph `file`, one of `all` of the folder, its reference of this kind, of the size
/// of `face.crop`; none when there is none: kPerson for a person with one photograph. A function of
/// the seed.
void add_reference(DamagedFace& face, EvaluationReference kind, const std::filesystem::path& file,
                   const std::vector<std::filesystem::path>& all, uint64_t seed);

}  // namespace ganface::repair
