// SPDX-License-Identifier: MIT
// Owns the search for what a facemask model mistakes for faces.
#include "train/facemask/hard_negatives.h"

#include <ganface/frame.h>

#include "face/facemask_networks.h"
#include "models/face_network_sizes.h"
#include "train/loop/scene_batches.h"

namespace ganface::train {
namespace {

constexpr int kWidth = 320, kHeight = 240;
constexpr double kFound = 0.12;                         // least score of a detector
constexpr double kDoubtful = 0.15, kNearlySure = 0.96;  // scores of an aligner

}  // namespace

std::vector<Image> hard_negatives(const FaceScenes& scenes, const std::string& model, int pictures,
                                  uint64_t seed) {
  const face::FaceMaskNetworks networks(model);
  std::vector<Image> windows;
  for (Random& random : randoms_of(seed, 0, pictures)) {
    Image picture = scenes.background(kWidth, kHeight, random);
    for (face::OrientedBox square : networks.find(picture.view(), kFound)) {
      // As the detector looks at what the detector found.
      using Guess = nn::AlignerEstimate;
      for (const Guess estimate : {Guess::kFound, Guess::kSettled, Guess::kSettled}) {
        Image window = extract_crop(frame_of(picture),
                                    transform_of_square(square.enlarged(nn::kAlignerWindow)),
                                    nn::kAlignerSize);
        square = networks.align({window}, estimate).front().out_of(square);
        if (square.score > kDoubtful && square.score < kNearlySure)
          windows.push_back(std::move(window));
        if (!(square.side() > 4)) break;
      }
    }
  }
  return windows;
}

}  // namespace ganface::train
