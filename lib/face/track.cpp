// SPDX-License-Identifier: MIT
// Owns one followed face: where it is, and how far it is believed to be a face.
#include "face/track.h"

#include <algorithm>
#include <cmath>

namespace ganface::face {
namespace {

// Shares of a square's side:
constexpr double kSteady = 0.013;  // changes below are taken for noise, above for motion
constexpr double kLargestStep = 0.8;

constexpr double kConfirmed = 2, kMostSupport = 20, kMiss = 0.25;

}  // namespace

OrientedBox Track::expected() const {
  OrientedBox next = square;
  next.x += step_x;
  next.y += step_y;
  return next;
}

void Track::follow(const OrientedBox& seen) {
  const bool is_followed =
      is_plausible(seen) && seen.score >= kGlimpsed && middle_distance(seen, square) < kLargestStep;
  if (!is_followed) {
    lose();
    return;
  }
  // Of a face that is hardly seen little is believed.
  const double confidence = std::min(1.0, seen.score / kSeen);
  const int unseen_before = unseen;
  move(confidence < 1 ? blend(square, seen, confidence) : seen);
  square.score = seen.score;
  if (seen.score < kSeen) unseen = unseen_before + (unseen_before > 0 ? 1 : 0);
}

void Track::move(const OrientedBox& seen) {
  const double distance = corner_distance(seen, square);
  const double ratio = distance / kSteady, share = ratio * ratio / (1 + ratio * ratio);
  const OrientedBox before = square;
  square = blend(square, seen, std::max(share, 0.06));
  const double pace = distance > 2 * kSteady ? 0.6 : 0;
  step_x = pace * (square.x - before.x);
  step_y = pace * (square.y - before.y);
  unseen = 0;
}

void Track::lose() {
  ++unseen;
  square.score *= 0.9;
  step_x = step_y = 0;
}

void Track::weigh(bool was_looked_for, const OrientedBox* found) {
  // A search speaks for the frames since the last one, but once for what is not yet believed.
  const double weight = is_confirmed ? std::max(1, unsearched) : 1;
  if (was_looked_for) {
    support -= kMiss * weight;
    unsearched = 0;
  }
  if (found == nullptr) return;
  if (found->score >= kGlimpsed) support = std::min(kMostSupport, support + (kMiss + 1) * weight);
  is_confirmed |= support >= kConfirmed;
}

bool is_plausible(const OrientedBox& square) {
  return std::isfinite(square.x + square.y + square.edge_x + square.edge_y) && square.side() >= 4 &&
         square.edge_x > -0.3 * square.side();
}

}  // namespace ganface::face
