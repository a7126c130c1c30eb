// SPDX-License-Identifier: MIT
// Owns the axes and the size of a face in a picture.
#pragma once

#include <cmath>
#include <vector>

#include "train/synthetic/head_labels.h"
#include "train/synthetic/worn/plane.h"

namespace ganface::train {

/// The face's own axes and size in the picture, by its irises, bridge and chin.
class FaceFrame {
 public:
  explicit FaceFrame(const std::vector<Spot>& points) {
    const Spot eyes = between(points[HeadLabel::kLeftIris], points[HeadLabel::kRightIris], 0.5f);
    const Spot chin = points[HeadLabel::kChin];
    // From the pupils to the chin it is 0.595 of the side.
    down_ = {(chin.x - eyes.x) / 0.595f, (chin.y - eyes.y) / 0.595f};
    side_ = std::hypot(down_.x, down_.y);
    axis_ = {down_.x / side_, down_.y / side_};
    middle_ = between(eyes, chin, 0.5f);
  }
  Spot middle() const { return middle_; }
  /// Of the canonical crop, pixels of the picture.
  float side() const { return side_; }
  /// A point moved by shares of the side to the face's right and down.
  Spot moved(Spot p, float right, float below) const {
    return {p.x + right * down_.y + below * down_.x, p.y - right * down_.x + below * down_.y};
  }
  /// How far a point is to the face's right and down from `origin`, shares of the side.
  Spot seen_from(Spot origin, Spot p) const {
    const Spot from{(p.x - origin.x) / side_, (p.y - origin.y) / side_};
    return {from.x * axis_.y - from.y * axis_.x, from.x * axis_.x + from.y * axis_.y};
  }

 private:
  Spot middle_, down_, axis_;  // `down_` is one side long, `axis_` one pixel
  float side_ = 0;
};

}  // namespace ganface::train
