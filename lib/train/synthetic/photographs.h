// SPDX-License-Identifier: MIT
// Owns the photographs of faces that synthetic pictures are made of, and pieces of them.
#pragma once

#include <filesystem>
#include <vector>

#include "train/synthetic/painting.h"

namespace ganface::train {

/// Side of a deep-funneled LFW photograph, and where in it the canonical crop begins and how large
/// it is, in pixels.
constexpr int kPhotographSide = 250, kCropBegin = 61, kCropSide = 128;
constexpr Spot kPhotographMiddle{kPhotographSide / 2.f, kPhotographSide / 2.f};

/// Pixels of such a photograph to the canonical crop as the unit square.
constexpr Similarity kUnitOfPhotograph{1.f / kCropSide, 0, -float(kCropBegin) / kCropSide,
                                       -float(kCropBegin) / kCropSide};

/// A photograph with copies of half the side each.
class Photograph {
 public:
  explicit Photograph(Image image);
  const Image& picture() const { return levels_.front(); }
  /// Colour at a point (pixels, a pixel's centre at + 0.5), bilinear, for a picture in which a
  /// pixel covers `step` of the photograph's. Outside it the nearest pixel is repeated.
  Rgb at(Spot p, float step) const;

 private:
  std::vector<Image> levels_;
};

/// The photographs of a folder, in the order of their paths.
class Photographs {
 public:
  /// What becomes of files that cannot be read. Where each has a label, none may be left out.
  enum class Damaged { kLeftOut, kError };

  /// Throws Error(kInput) when an image is not 250 x 250 pixels, none can be read, or one cannot
  /// and is not to be left out.
  explicit Photographs(const std::filesystem::path& folder);
  explicit Photographs(const std::vector<std::filesystem::path>& files,
                       Damaged damaged = Damaged::kLeftOut);
  size_t size() const { return photographs_.size(); }
  const Photograph& operator[](size_t i) const { return photographs_[i]; }
  /// The number of any photograph.
  size_t draw(Random& random) const {
    return static_cast<size_t>(random.below(static_cast<int>(size())));
  }
  const Photograph& any(Random& random) const { return photographs_[draw(random)]; }
  /// The number of another photograph of the person that photograph `i` shows, which is the folder
  /// that it lies in; `i` when there is none.
  size_t another_of_person(size_t i, Random& random) const;

 private:
  std::vector<Photograph> photographs_;
  std::vector<std::filesystem::path> people_;  // of each photograph
};

/// A piece of a photograph that repeats, mirrored, over the whole plane.
class Tiling {
 public:
  /// A piece without the face: beside it, above it or below it.
  static Tiling surroundings(const Photographs& photographs, Random& random);
  /// Skin of a photograph's forehead or cheeks.
  static Tiling skin(const Photograph& photograph, Random& random);
  /// Colour at a point of the plane, in which a pixel is `pixel` wide.
  Rgb at(Spot p, float pixel) const;
  /// How the plane is mapped to the photograph.
  Similarity map;

 private:
  Tiling(const Photograph& photograph, float left, float top, float right, float bottom)
      : photograph_(&photograph), left_(left), top_(top), right_(right), bottom_(bottom) {}
  const Photograph* photograph_;
  float left_, top_, right_, bottom_;
};

}  // namespace ganface::train
