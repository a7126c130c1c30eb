// SPDX-License-Identifier: MIT
// Owns the synthetic pictures that detector, aligner and segmenter are trained on.
#pragma once

#include <optional>
#include <vector>

#include "train/synthetic/face_pool.h"
#include "train/synthetic/head_labels.h"
#include "train/synthetic/photographs.h"

namespace ganface::train {

/// A face's canonical square: its centre, and its upper edge as a vector from left to right.
struct Square {
  Spot centre, edge;

  /// Mirrors it in a picture that reaches from 0 to `width`; 0: that has its origin in the middle.
  void mirror(float width) {
    centre.x = width - centre.x;
    edge.y = -edge.y;
  }
};

/// A picture with faces, and where they are.
struct FaceScene {
  struct Face {
    Square square;             ///< pixels
    bool is_doubtful = false;  ///< hardly visible: to be taken neither for a face nor for none
  };
  Image picture;
  std::vector<Face> faces;
};

/// An aligner's window. `square` in sides of the nominal square from the window's middle.
struct AlignerSample {
  Image window;
  bool is_face = false;
  bool is_tracked = false;  ///< nearly there, as in a track's next frame
  Square square;
};

/// A head crop of nn::kSegmenterSize pixels a side, what in it is in front of the face, and how
/// the face looked before, with where that is known (255); empty: it is not.
struct HeadSample {
  Image crop;
  /// What each pixel shows: 0 nothing that covers the face, kind_number(), or kUnknown.
  Image kinds;
  Image oval;                ///< 255 inside the face's outline as it would be without occlusion
  Image look, known;         ///< how the face looked before and where that is known; may be empty
  Image kept;                ///< 0 where something is expected to cover the face, 255 elsewhere
  bool is_face = true;       ///< otherwise crop alone says anything
  float yaw = 0, pitch = 0;  ///< degrees

  static constexpr uint8_t kUnknown = 255;
};

/// Draws training pictures from photographs: any similarity transform of a photograph gives a face
/// of known centre, scale and rotation; mosaics of photographs and of their surroundings are
/// backgrounds; occluders cover what they please. Each of the three kinds of pictures has a file of
/// its own: detector_scenes.cpp, aligner_samples.cpp and head_samples.cpp.
class FaceScenes {
 public:
  /// `faces`: of each photograph, its pixels to the canonical crop as the unit square, for the
  /// aligner, who must know it well; empty: where deep funneling has put it.
  /// `heads`: what is known of each photograph, for head_sample(), and pictures without a face.
  explicit FaceScenes(const Photographs& photographs, std::vector<Similarity> faces = {},
                      std::optional<LabelledHeads> heads = {});

  /// A square picture of `side` pixels with up to four faces, canonical squares of 13 pixels up to
  /// the picture's side, turned by up to 50 degrees.
  FaceScene scene(int side, Random& random) const;
  /// `placed`: where the face is put instead; all else, drawn from the same random numbers, is the
  /// same picture.
  AlignerSample aligner_sample(Random& random, const Square* placed = nullptr) const;
  /// Throws Error(kInput) without `heads`.
  HeadSample head_sample(Random& random) const;
  /// Pastes a photograph's head, with more or less of its surroundings, so that its canonical
  /// square has this centre (pixels), side and angle (radians). -> pixels of the picture to the
  /// crop as the unit square.
  static Similarity add_face(Image& picture, const Photograph& photograph, Spot centre, float side,
                             float angle, Random& random);
  /// A picture without a face: pieces of photographs' surroundings.
  Image background(int width, int height, Random& random) const;

 private:
  const FacePool pool_;
};

}  // namespace ganface::train
