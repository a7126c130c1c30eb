// SPDX-License-Identifier: MIT
// Owns the search for what a facemask model mistakes for faces.
#include "train/false_faces.h"

#include <ganface/frame.h>

#include "face/facemask_networks.h"
#include "gan/face_network_sizes.h"
#include "train/scene_batches.h"

namespace ganface::train {
namespace {

constexpr int kWidth = 320, kHeight = 240;
constexpr double kFound = 0.12;                         // least score of a finder
constexpr double kDoubtful = 0.15, kNearlySure = 0.96;  // scores of an aligner

}  // namespace

std::vector<Image> false_faces(const FaceScenes& scenes, const std::string& model, int pictures,
                               uint64_t seed) {
  const face::FaceMaskNetworks networks(model);
  std::vector<Image> windows;
  for (Random& random : randoms_of(seed, 0, pictures)) {
    Image picture = scenes.background(kWidth, kHeight, random);
    for (face::FoundSquare square : networks.find(picture.view(), kFound)) {
      // As the detector looks at what the finder found.
      using Guess = gan::AlignerGuess;
      for (const Guess guess : {Guess::kFound, Guess::kSettled, Guess::kSettled}) {
        Image window = extract_crop(frame_of(picture),
                                    transform_of_square(square.enlarged(gan::kAlignerWindow)),
                                    gan::kAlignerSize);
        square = networks.align({window}, guess).front().out_of(square);
        if (square.score > kDoubtful && square.score < kNearlySure)
          windows.push_back(std::move(window));
        if (!(square.side() > 4)) break;
      }
    }
  }
  return windows;
}

}  // namespace ganface::train
