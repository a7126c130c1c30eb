// SPDX-License-Identifier: MIT
// Owns the finding of faces with the project's own networks.
#pragma once

#include <memory>

#include "face/detector_backend.h"
#include "face/facemask_networks.h"
#include "face/picture.h"
#include "face/search_plan.h"

namespace ganface::face {

/// Finds faces turned by up to 50 degrees, also half covered ones, with a detector and puts them in
/// place with an aligner.
class LearnedDetector : public DetectorBackend {
 public:
  /// Throws Error(kModel) when the file holds no detector or no aligner.
  LearnedDetector(const DetectorOptions& options, const std::string& model);

  std::vector<DetectedFace> find(const Picture& picture) override;

  /// Faces that the detector sees in any view of the picture, not yet aligned; of one face several
  /// squares if its views differ.
  std::vector<OrientedBox> look(const Picture& picture) const;
  /// What a detector is shown of a picture: a view's width x height, RGB.
  static Image shown_in(const Picture& picture, const SearchView& view);
  /// Adds what the detector sees in one view, of which shown_in() says what it shows, but what has
  /// been found there in another. In any thread.
  void look_at(const Image& shown, const SearchView& view, std::vector<OrientedBox>& found) const;
  /// Where the faces that were at `estimates` are now, and how sure it is that they are faces.
  std::vector<OrientedBox> follow(const Picture& picture,
                                  const std::vector<OrientedBox>& estimates) const;
  /// The same from where a detector saw them, which says less of it: it looks several times.
  std::vector<OrientedBox> settle(const Picture& picture,
                                  const std::vector<OrientedBox>& found) const;
  /// As settle(), with the score of both, the detector's and the aligner's, of those that have at
  /// least `least_score`, surest first. What the detector alone rules out costs nothing, and of
  /// squares that cannot be two faces only the surest is left.
  std::vector<OrientedBox> judge(const Picture& picture, const std::vector<OrientedBox>& found,
                                 double least_score) const;
  /// Of what the detector is surest of, the aligner being less sure, the best of five looks from a
  /// little beside it; at most one square, with a score of at least `least_score`.
  std::vector<OrientedBox> judge_again(const Picture& picture,
                                       const std::vector<OrientedBox>& found,
                                       double least_score) const;
  /// Whether the square is as large as was asked for; near the limit it may be.
  bool is_large_enough(const OrientedBox& square) const;

 private:
  std::vector<OrientedBox> align(const Picture& picture, const std::vector<OrientedBox>& estimates,
                                 nn::AlignerEstimate kind) const;

  const DetectorOptions options_;
  FaceMaskNetworks networks_;
};

}  // namespace ganface::face
