// SPDX-License-Identifier: MIT
// Owns the synthetic things that cover faces in training pictures.
#pragma once

#include <ganface/occlusion.h>

#include <utility>

#include "train/synthetic/occluders/things.h"
#include "train/synthetic/photographs.h"

namespace ganface::train {

/// Something in front of a face, in coordinates in which the canonical crop is the unit square.
class Occluder {
 public:
  /// Draws a hand, an arm, cloth, an object, a rope, openwork, a microphone, a cup, a medical mask,
  /// dark glasses, text, a bar, a block or a censor's blur or mosaic, that covers `least` to `most`
  /// of the crop (after some attempts: about). `face` is the photograph of the covered face, whose
  /// skin hands often share.
  static Occluder draw(const Photographs& photographs, const Photograph& face, float least,
                       float most, Random& random);

  /// The same without what is worn (masks, glasses) or as thin as hair (ropes, openwork).
  static Occluder draw_solid(const Photographs& photographs, const Photograph& face, float least,
                             float most, Random& random);

  /// A hand that moves so fast that it is blurred, on its way before the face from below.
  static Occluder arriving_hand(const Photographs& photographs, const Photograph& face,
                                Random& random);

  /// Paints it into a picture. `to_unit` maps pixels to the coordinates above. Where it covers
  /// half a pixel or more, `mask` (1 channel, of the picture's size, may be null) becomes 255.
  void paint(Image& picture, Image* mask, const Similarity& to_unit) const;

  /// Share of the canonical crop that is covered.
  float coverage() const;

  OccluderKind kind() const { return kind_; }

 private:
  struct Shadow {
    float depth = 0;  // how dark it is
    Spot offset;
    float width = 0.05f;
  };
  // A censor's, instead of a surface.
  struct Filter {
    float cell = 0;          // side of what becomes one colour
    bool is_smooth = false;  // blur, not mosaic
  };
  class Brush;

  Occluder() = default;
  Occluder(OccluderKind kind, Thing thing) : kind_(kind), thing_(std::move(thing)) {}
  // The thing that a lot, 0 to 1, falls on, at rest and without a shadow.
  static Occluder of_lot(float lot, const Photographs& photographs, const Photograph& face,
                         Random& random);
  static Occluder censorship(const Photographs& photographs, const Photograph& face,
                             Random& random);
  static Occluder attempt(const Photographs& photographs, const Photograph& face, bool solid_only,
                          Random& random);
  // The first of some attempts that covers `least` to `most`, or the last.
  template <typename Attempt>
  static Occluder covering(float least, float most, Attempt attempt);

  OccluderKind kind_ = OccluderKind::kObject;
  Thing thing_;         // without a surface: a filter
  float softness_ = 0;  // width of the edge beyond a pixel
  Spot motion_;         // how far it goes while the picture is taken
  Shadow shadow_;
  Filter filter_;
};

}  // namespace ganface::train
