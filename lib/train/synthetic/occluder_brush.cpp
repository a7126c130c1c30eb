// SPDX-License-Identifier: MIT
// Owns how an occluder is painted into a picture.
#include "train/synthetic/occluder.h"

#include <algorithm>

namespace ganface::train {
namespace {

constexpr int kMostSights = 9;  // of something that moves

// Where in a picture an occluder may be.
PixelBox reach_in(const Image& picture, const Similarity& from_unit) {
  // Arms reach out of the crop, as far as this.
  constexpr float kReach = 0.7f;
  float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
  for (const Spot corner : {Spot{-kReach, -kReach}, Spot{1 + kReach, -kReach},
                            Spot{-kReach, 1 + kReach}, Spot{1 + kReach, 1 + kReach}}) {
    const Spot p = from_unit(corner);
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  return box_within(picture, {left, top}, {right, bottom});
}

}  // namespace

// Paints an occluder into a box of a picture.
class Occluder::Brush {
 public:
  static constexpr int kBlock = 8;  // pixels a side

  Brush(const Occluder& occluder, const Image& picture, const PixelBox& box,
        const Similarity& to_unit)
      : occluder_(occluder),
        box_(box),
        to_unit_(to_unit),
        pixel_width_(to_unit.scale()),
        edge_(std::max(pixel_width_ * 0.7f, occluder.softness_)) {
    if (occluder.thing_.surface == nullptr) cells_ = filtered(picture);
    // What moves is seen at several places at once.
    sights_ = std::clamp(1 + static_cast<int>(length(occluder.motion_) / (1.5f * pixel_width_)), 1,
                         kMostSights);
  }

  // Whether it cannot change anything in a block. Distances are exact only roughly.
  bool is_far_from(int left, int top) const {
    const Shadow& shadow = occluder_.shadow_;
    const float reach = 1.6f * (kBlock * pixel_width_ + edge_ + shadow.width +
                                length(shadow.offset) + length(occluder_.motion_) / 2);
    const Spot middle =
        to_unit_({static_cast<float>(left) + kBlock / 2.f, static_cast<float>(top) + kBlock / 2.f});
    return occluder_.thing_.shape(middle) > reach;
  }

  void paint(Image& picture, Image* mask, int x, int y) const {
    const Spot p = to_unit_(pixel_centre(x, y));
    const Seen seen = seen_at(p, x, y);
    const float share = seen.share / static_cast<float>(sights_);
    Rgb colour = pixel(picture, x, y);
    bool is_changed = seen.share > 0;
    if (occluder_.shadow_.depth > 0 && share < 1) {
      const float dark = shadow_at(p);
      colour = scaled(colour, 1 - dark);
      is_changed |= dark > 0;
    }
    if (!is_changed) return;
    set_pixel(picture, x, y,
              share > 0 ? mix(colour, scaled(seen.colour, 1 / seen.share), share) : colour);
    if (mask != nullptr && share >= 0.5f) mask->row(y)[x] = 255;
  }

 private:
  // Sums over all sights: how much of the pixel each covers, and its colours by that.
  struct Seen {
    Rgb colour{};
    float share = 0;
  };

  Seen seen_at(Spot p, int x, int y) const {
    Seen seen;
    for (int sight = 0; sight < sights_; ++sight) {
      const float t = (static_cast<float>(sight) + 0.5f) / static_cast<float>(sights_) - 0.5f;
      const Spot there{p.x - t * occluder_.motion_.x, p.y - t * occluder_.motion_.y};
      const float distance = occluder_.thing_.shape(there);
      const float part = std::clamp(0.5f - distance / (2 * edge_), 0.f, 1.f);
      if (part <= 0) continue;
      const Rgb own = occluder_.thing_.surface != nullptr
                          ? occluder_.thing_.surface(there, distance, pixel_width_)
                          : cell_at(x, y);
      for (size_t c = 0; c < own.size(); ++c) seen.colour[c] += part * own[c];
      seen.share += part;
    }
    return seen;
  }

  float shadow_at(Spot p) const {
    const Shadow& shadow = occluder_.shadow_;
    const float away = occluder_.thing_.shape({p.x - shadow.offset.x, p.y - shadow.offset.y});
    return shadow.depth * std::clamp(0.5f - away / (2 * shadow.width), 0.f, 1.f);
  }

  // The box as a censor's filter leaves it.
  Image filtered(const Image& picture) const {
    const int width = box_.width(), height = box_.height();
    const int side = std::max(2, static_cast<int>(occluder_.filter_.cell / pixel_width_));
    const Image part = crop(picture.view(), box_.left, box_.top, width, height);
    Image cells = resize(part.view(), std::max(1, width / side), std::max(1, height / side));
    if (occluder_.filter_.is_smooth) cells = resize(cells.view(), width, height);
    return cells;
  }

  Rgb cell_at(int x, int y) const {
    return pixel(cells_, std::min(cells_.width - 1, (x - box_.left) * cells_.width / box_.width()),
                 std::min(cells_.height - 1, (y - box_.top) * cells_.height / box_.height()));
  }

  const Occluder& occluder_;
  const PixelBox box_;
  const Similarity to_unit_;
  const float pixel_width_, edge_;  // sides of the canonical crop
  Image cells_;                     // empty without a filter
  int sights_ = 1;
};

void Occluder::paint(Image& picture, Image* mask, const Similarity& to_unit) const {
  const PixelBox box = reach_in(picture, to_unit.inverse());
  if (box.left >= box.right || box.top >= box.bottom) return;
  const Brush brush(*this, picture, box, to_unit);
  constexpr int kBlock = Brush::kBlock;
  for (int top = box.top; top < box.bottom; top += kBlock)
    for (int left = box.left; left < box.right; left += kBlock) {
      if (brush.is_far_from(left, top)) continue;
      const PixelBox block{left, top, std::min(box.right, left + kBlock),
                           std::min(box.bottom, top + kBlock)};
      for_each_pixel(block, [&](int x, int y) { brush.paint(picture, mask, x, y); });
    }
}

}  // namespace ganface::train
