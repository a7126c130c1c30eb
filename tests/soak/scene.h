// SPDX-License-Identifier: MIT
// Owns what a camera would see: people who come, go, and are covered and uncovered.
#pragma once

#include <gst/video/video.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ganface::soak {

/// Square pictures of a head each, RGB.
struct Portraits {
  static constexpr int kSide = 256;
  std::vector<std::vector<uint8_t>> pictures;
  bool are_real = false;
};

/// Some photographs below the folder GANFACE_TEST_DATA where it is set, or else faces that ganfake
/// makes up. Throws std::runtime_error when neither can be had.
Portraits load_portraits();

/// Writes a picture as PNG. Throws std::runtime_error.
void write_png(const std::vector<uint8_t>& rgb, int side, const std::string& file);

class Scene {
 public:
  explicit Scene(Portraits portraits);

  /// Somebody comes, goes, is covered or uncovered; what happened.
  std::string change(std::mt19937_64& random);

  /// A frame of this format, with a region of interest of type "face" at each head.
  GstBuffer* frame(const GstVideoInfo& info);

 private:
  struct Person {
    size_t portrait = 0;
    double x = 0.5, y = 0.5, size = 0.5;  // of the frame's size, size of its height
    bool is_there = false;
    int cover = 0;  // 0: none
  };
  void paint_person(const Person& person, int number, std::vector<uint8_t>& rgb, int width,
                    int height) const;

  const Portraits portraits_;
  std::array<Person, 4> people_;
  std::vector<uint8_t> background_;  // of the last frame's size
  int width_ = 0, height_ = 0;
  uint64_t frames_ = 0;
};

}  // namespace ganface::soak
