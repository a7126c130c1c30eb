// SPDX-License-Identifier: MIT
// Owns what is known of the heads of training pictures: outlines, landmarks, poses.
#pragma once

#include <ganface/occlusion.h>

#include <filesystem>
#include <vector>

#include "train/synthetic/painting.h"

namespace ganface::train {

/// Points moved by `map`.
std::vector<Spot> moved(const std::vector<Spot>& points, const Similarity& map);

/// How pictures of kinds call an occluder's; 0 is nothing that covers the face.
inline uint8_t kind_number(OccluderKind kind) {
  return static_cast<uint8_t>(1 + static_cast<int>(kind));
}

/// What a teacher says of a picture's head, as models/recipes/align_heads.py writes it.
struct HeadLabel {
  /// Points of the picture, pixels. The first kOval are the face's outline as it would be without
  /// occlusion, clockwise from the middle of the forehead.
  std::vector<Spot> points;
  float yaw = 0, pitch = 0;  ///< degrees; yaw positive towards the picture's right
  /// Something real in front of the face, with its outline in pixels of the picture.
  struct Cover {
    OccluderKind kind;
    std::vector<Spot> outline;
  };
  std::vector<Cover> covers;  ///< empty: nothing covers the face

  static constexpr size_t kOval = 36;
  static constexpr size_t kChin = 18;                            ///< in the outline
  static constexpr size_t kRight = 8, kLeft = 28;                ///< beside the ears
  static constexpr size_t kBridge = 36, kRidge = 37, kTip = 38;  ///< of the nose
  static constexpr size_t kLeftCheek = 39, kRightCheek = 40;     ///< of the picture's sides
  static constexpr size_t kLeftIris = 41, kRightIris = 42;
  static constexpr size_t kPoints = 43;

  /// All points moved by `map`.
  std::vector<Spot> moved(const Similarity& map) const;
  /// The outline, its points moved by `map`.
  std::vector<Spot> oval(const Similarity& map) const;
};

/// Something real, cut out of a picture: RGB, and a mask of its size (1 channel, 255 = the thing).
struct RealCutout {
  Image picture, mask;
};

/// The heads of a folder.
struct LabelledHeads {
  std::vector<std::filesystem::path> files;
  std::vector<HeadLabel> labels;               ///< of each file
  std::vector<std::filesystem::path> nothing;  ///< pictures without a face
  std::vector<RealCutout> hands, objects;      ///< may be empty

  /// Reads FOLDER/heads.jsonl, FOLDER/hands and FOLDER/objects, where a thing stands beside its
  /// mask, and lists FOLDER/nothing. Throws Error(kInput) naming the file and the line.
  static LabelledHeads read(const std::filesystem::path& folder);
  /// Whether a folder is such a one.
  static bool are_in(const std::filesystem::path& folder);
};

/// Sets the pixels (1 channel) whose centres lie inside a closed polygon to `value`.
void fill_polygon(Image& mask, const std::vector<Spot>& corners, uint8_t value);

}  // namespace ganface::train
