// SPDX-License-Identifier: MIT
// Owns the photographs of faces that synthetic pictures are made of, and pieces of them.
#include "train/synthetic/photographs.h"

#include <ATen/Parallel.h>
#include <ganface/error.h>

#include <algorithm>
#include <string>

#include "image/interpolation.h"

namespace ganface::train {
namespace {

constexpr int kLevels = 4;

float mirrored(float value, float low, float high) {
  const float length = high - low, turns = (value - low) / (2 * length);
  const float phase = 2 * length * (turns - std::floor(turns));
  return phase < length ? low + phase : high - (phase - length);
}

}  // namespace

Photograph::Photograph(Image image) {
  levels_.push_back(std::move(image));
  while (levels_.size() < kLevels) {
    const Image& last = levels_.back();
    levels_.push_back(resize(last.view(), (last.width + 1) / 2, (last.height + 1) / 2));
  }
}

Rgb Photograph::at(Spot p, float step) const {
  int level = 0;
  for (float limit = 1.5f; step > limit && level + 1 < kLevels; limit *= 2) ++level;
  const Image& image = levels_[static_cast<size_t>(level)];
  const float share = static_cast<float>(image.width) / static_cast<float>(levels_[0].width);
  const Between<float> column(p.x * share - 0.5f, image.width);
  const Between<float> row(p.y * share - 0.5f, image.height);
  const uint8_t* above = image.row(row.first);
  const uint8_t* below = image.row(row.second);
  const int left = 3 * column.first, right = 3 * column.second;
  const auto mixed = [&](const uint8_t* line, int c) {
    return static_cast<float>(line[left + c]) * (1 - column.share) +
           static_cast<float>(line[right + c]) * column.share;
  };
  Rgb colour;
  for (int c = 0; c < 3; ++c) {
    const float first = mixed(above, c);
    colour[static_cast<size_t>(c)] = first + (mixed(below, c) - first) * row.share;
  }
  return colour;
}

Photographs::Photographs(const std::filesystem::path& folder) : Photographs(list_images(folder)) {}

Photographs::Photographs(const std::vector<std::filesystem::path>& files, Damaged damaged) {
  std::vector<Image> images(files.size());
  std::vector<std::string> damage(files.size());
  at::parallel_for(0, static_cast<int64_t>(files.size()), 16, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const auto i = static_cast<size_t>(n);
      try {
        images[i] = read_image(files[i]);
      } catch (const Error& cause) {
        damage[i] = cause.what();
      }
    }
  });
  for (size_t i = 0; i < files.size(); ++i) {
    if (images[i].empty()) {
      if (damaged == Damaged::kError) throw Error(ErrorCode::kInput, damage[i]);
      continue;
    }
    if (images[i].width != kPhotographSide || images[i].height != kPhotographSide)
      throw Error(ErrorCode::kInput,
                  "image '" + files[i].string() + "' is " + std::to_string(images[i].width) + "x" +
                      std::to_string(images[i].height) +
                      ", expected deep-funneled LFW photographs of 250x250, whose faces stand "
                      "at known places");
    photographs_.emplace_back(std::move(images[i]));
    people_.push_back(files[i].parent_path());
  }
  if (photographs_.empty())
    throw Error(ErrorCode::kInput,
                "none of the " + std::to_string(files.size()) + " photographs can be read" +
                    (damage.empty() ? std::string() : "; the first: " + damage.front()));
}

size_t Photographs::another_of_person(size_t i, Random& random) const {
  // Their files lie side by side.
  size_t first = i, end = i + 1;
  while (first > 0 && people_[first - 1] == people_[i]) --first;
  while (end < people_.size() && people_[end] == people_[i]) ++end;
  if (end - first < 2) return i;
  const size_t other = first + static_cast<size_t>(random.below(static_cast<int>(end - first) - 1));
  return other < i ? other : other + 1;
}

Tiling Tiling::surroundings(const Photographs& photographs, Random& random) {
  constexpr auto kSide = static_cast<float>(kPhotographSide);
  // Left, right, above and below the head.
  constexpr float kStrips[][4] = {
      {0, 0, 40, kSide}, {210, 0, kSide, kSide}, {0, 0, kSide, 30}, {0, 226, kSide, kSide}};
  const float* strip = kStrips[random.below(4)];
  const float width = random.between(0.3f, 1) * (strip[2] - strip[0]);
  const float height = random.between(0.3f, 1) * (strip[3] - strip[1]);
  const float left = random.between(strip[0], strip[2] - width);
  const float top = random.between(strip[1], strip[3] - height);
  return {photographs.any(random), left, top, left + width, top + height};
}

Tiling Tiling::skin(const Photograph& photograph, Random& random) {
  // Of the canonical crop: forehead, cheeks, chin's sides.
  constexpr float kPatches[][4] = {
      {0.36f, 0.14f, 0.64f, 0.27f}, {0.2f, 0.52f, 0.36f, 0.7f}, {0.64f, 0.52f, 0.8f, 0.7f}};
  const float* patch = kPatches[random.below(3)];
  const auto place = [](float share) { return kCropBegin + share * kCropSide; };
  return {photograph, place(patch[0]), place(patch[1]), place(patch[2]), place(patch[3])};
}

Rgb Tiling::at(Spot p, float pixel) const {
  const Spot place = map(p);
  return photograph_->at({mirrored(place.x, left_, right_), mirrored(place.y, top_, bottom_)},
                         pixel * map.scale());
}

}  // namespace ganface::train
