// SPDX-License-Identifier: MIT
// Owns one followed face: where it is, and how far it is believed to be a face.
#pragma once

#include <optional>

#include "face/oriented_box.h"

namespace ganface::face {

/// Frames without a sight of a face for which it is shown on: 0.7 s at 30/s.
constexpr int kShown = 20;
/// Aligner's score of a face that is plainly there, and of one that is followed on while it is
/// covered.
constexpr double kSeen = 0.5, kGlimpsed = 0.15;

struct Track {
  std::optional<unsigned> id;     ///< once it is shown
  OrientedBox square;             ///< smoothed
  double step_x = 0, step_y = 0;  ///< pixels a frame
  int unseen = 0;                 ///< frames
  /// Searches that found it less those that did not, which weigh less: what covers a face hides it
  /// from the detector for longer than chance makes one out of nothing.
  double support = 0;
  int unsearched = 0;         ///< frames since it was last looked for
  bool is_tentative = false;  ///< let pass as a photograph's
  bool is_confirmed = false;

  /// Where the face is thought to be in the next frame.
  OrientedBox expected() const;
  /// Takes in what the aligner sees of the face in the next frame, which may be something else.
  void follow(const OrientedBox& seen);
  /// Moves to where the face is seen.
  void move(const OrientedBox& seen);
  /// The next frame does not show the face.
  void lose();
  /// Takes in the result of a search: whether it looked here, and what it found; null: nothing.
  void weigh(bool was_looked_for, const OrientedBox* found);

  /// Whether it is unknown if the face is there.
  bool is_uncertain() const { return !is_confirmed || (unseen > 0 && unseen <= kShown); }
};

/// Whether a network's square can be that of a face.
bool is_plausible(const OrientedBox& square);

}  // namespace ganface::face
