// SPDX-License-Identifier: MIT
// Owns the photographs that the faces of synthetic pictures are drawn from, and how often each is.
#pragma once

#include <optional>
#include <vector>

#include "train/synthetic/head_labels.h"
#include "train/synthetic/photographs.h"

namespace ganface::train {

class FacePool {
 public:
  /// `photographs`, which has to outlive it, `faces` and `heads`: as FaceScenes takes them.
  FacePool(const Photographs& photographs, std::vector<Similarity> faces,
           std::optional<LabelledHeads> heads);

  const Photographs& photographs() const { return photographs_; }
  const std::optional<LabelledHeads>& heads() const { return heads_; }
  /// Pictures without a face.
  const std::optional<Photographs>& nothing() const { return nothing_; }

  /// The number of any photograph; with labelled heads, one in which nothing covers the face.
  size_t draw(Random& random) const;
  /// The number of a labelled head's photograph in which nothing covers the face. Photographs of
  /// people's portraits and clips are rare, and drawn more often.
  size_t draw_head(Random& random) const;
  bool has_covered_heads() const { return !covered_.empty(); }
  /// The number of a labelled head's photograph in which something covers the face.
  size_t draw_covered_head(Random& random) const { return random.one_of(covered_); }

  /// Pixels of a photograph to the canonical crop, as an aligner should see it, as the unit square.
  Similarity to_unit(size_t number) const;

 private:
  const Photographs& photographs_;
  const std::vector<Similarity> faces_;
  const std::optional<LabelledHeads> heads_;
  std::vector<std::vector<size_t>> sets_;  // photographs of each data set in which nothing covers
  std::vector<size_t> covered_;            // those in which something does
  std::optional<Photographs> nothing_;
};

}  // namespace ganface::train
