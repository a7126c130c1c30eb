// SPDX-License-Identifier: MIT
// Owns what an evaluation shows of each face beside its damaged crop.
#pragma once

#include <ganface/evaluation.h>

namespace ganface::repair {

/// Gives photograph `number` of `files` its reference of this kind, of the size of `face.crop`;
/// none when there is none: kPerson for a person with one photograph. A function of number and
/// seed.
void add_reference(DamagedFace& face, EvaluationReference kind,
                   const std::vector<std::filesystem::path>& files, size_t number, uint64_t seed);

}  // namespace ganface::repair
