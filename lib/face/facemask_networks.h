// SPDX-License-Identifier: MIT
// Owns a facemask model's networks as functions of images.
#pragma once

#include <ganface/image.h>
#include <ganface/occlusion.h>

#include <memory>
#include <string>
#include <vector>

#include "face/oriented_box.h"
#include "models/face_network_sizes.h"

namespace ganface::face {

/// The networks of a facemask model, on the CPU. Objects may be used from one thread at a time.
class FaceMaskNetworks {
 public:
  /// Loads a model by name or path. Throws Error(kModel).
  explicit FaceMaskNetworks(const std::string& model);
  ~FaceMaskNetworks();

  bool has_detector() const;
  bool has_aligner() const;
  bool has_segmenter() const;

  /// Squares of 14 to 290 pixels in an RGB picture whose score is at least `threshold`, surest
  /// first; of those that overlap the surest, moved to their mean. Pixels of the picture.
  std::vector<OrientedBox> find(const ImageView& picture, double threshold) const;
  /// For each window (RGB, nn::kAlignerSize pixels) the square near its middle, in sides of the
  /// nominal square (nn::kAlignerWindow) from the window's middle.
  std::vector<OrientedBox> align(const std::vector<Image>& windows,
                                 nn::AlignerEstimate estimate) const;
  /// What each head crop (RGB, nn::kSegmenterSize pixels) shows. `references`: how each face
  /// looked before: null where nothing is known.
  std::vector<HeadSegmentation> segment(const std::vector<Image>& crops,
                                        const std::vector<const FaceReference*>& references) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ganface::face
