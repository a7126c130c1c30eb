// SPDX-License-Identifier: MIT
// Owns what synthetic pictures are painted with: random numbers, colours, maps, photographs.
#include "train/synthetic/painting.h"

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

void blur(Image& picture) {
  const Image copy = picture;
  for (int y = 0; y < copy.height; ++y)
    for (int x = 0; x < copy.width; ++x) {
      Rgb sum{};
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
          const Rgb near = pixel(copy, std::clamp(x + dx, 0, copy.width - 1),
                                 std::clamp(y + dy, 0, copy.height - 1));
          for (size_t c = 0; c < 3; ++c) sum[c] += near[c];
        }
      set_pixel(picture, x, y, scaled(sum, 1 / 9.f));
    }
}

void sharpen(Image& picture, int passes, float amount) {
  Image blurred = picture;
  for (int i = 0; i < passes; ++i) blur(blurred);
  for (size_t i = 0; i < picture.pixels.size(); ++i) {
    const float own = picture.pixels[i], sharper = own + amount * (own - blurred.pixels[i]);
    picture.pixels[i] = static_cast<uint8_t>(std::clamp(sharper + 0.5f, 0.f, 255.f));
  }
}

Rgb random_colour(Random& random) {
  const float bright = random.between(0, 255), vivid = random.unit();
  Rgb colour{};
  for (float& channel : colour) channel = bright + vivid * (random.between(0, 255) - bright);
  return colour;
}

Similarity Similarity::inverse() const {
  const float squared = a * a + b * b;
  Similarity back{a / squared, -b / squared, 0, 0};
  const Spot origin = back({x, y});
  back.x = -origin.x;
  back.y = -origin.y;
  return back;
}

Similarity Similarity::after(const Similarity& first) const {
  const Spot origin = (*this)({first.x, first.y});
  return {a * first.a - b * first.b, a * first.b + b * first.a, origin.x, origin.y};
}

Similarity Similarity::about(Spot from, Spot to, float scale, float angle) {
  Similarity map{scale * std::cos(angle), scale * std::sin(angle), 0, 0};
  const Spot moved = map(from);
  map.x = to.x - moved.x;
  map.y = to.y - moved.y;
  return map;
}

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

Photographs::Photographs(const std::vector<std::filesystem::path>& files) {
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
    if (images[i].empty()) continue;
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

void light_unevenly(Image& picture, Random& random) {
  struct Lamp {
    Spot middle;
    float reach, gain;
  };
  std::vector<Lamp> lamps;
  const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
  for (int i = random.below(4); i > 0; --i)
    lamps.push_back({{random.between(-0.2f, 1.2f) * width, random.between(-0.2f, 1.2f) * height},
                     random.scale(0.1f, 0.7f) * width,
                     random.chance(0.5f) ? random.between(-0.45f, 0) : random.between(0, 0.8f)});
  // The edge of a shadow, wherever it comes from: a line that is bent a little.
  const bool has_shadow = random.chance(0.5f);
  const float turn = random.between(0, kTau), across = random.between(-0.3f, 0.3f);
  const float cosine = std::cos(turn), sine = std::sin(turn);
  const float bend = random.between(-1.2f, 1.2f), softness = random.scale(0.02f, 0.25f);
  const float depth = random.between(0.15f, 0.6f);
  const float slope_x = random.between(-0.45f, 0.45f), slope_y = random.between(-0.35f, 0.35f);
  const Rgb warmth{random.between(0.9f, 1.1f), 1, random.between(0.9f, 1.1f)};
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const float u = static_cast<float>(x), v = static_cast<float>(y);
      float gain = 1 + slope_x * (u / width - 0.5f) + slope_y * (v / height - 0.5f);
      for (const Lamp& lamp : lamps) {
        const float away = ((u - lamp.middle.x) * (u - lamp.middle.x) +
                            (v - lamp.middle.y) * (v - lamp.middle.y)) /
                           (lamp.reach * lamp.reach);
        gain += lamp.gain / (1 + away * away);
      }
      if (has_shadow) {
        const float s = u / width - 0.5f, t = v / height - 0.5f;
        const float along = s * cosine + t * sine, aside = t * cosine - s * sine;
        const float inside = (aside - across - bend * along * along) / softness + 0.5f;
        gain *= 1 - depth * std::clamp(inside, 0.f, 1.f);
      }
      Rgb colour = pixel(picture, x, y);
      for (size_t c = 0; c < 3; ++c) colour[c] *= gain * (1 + (warmth[c] - 1) * (gain - 1));
      set_pixel(picture, x, y, colour);
    }
}

void add_shine(Image& crop, Random& random) {
  // Forehead, nose, cheeks, chin, in sides of the crop.
  constexpr Spot kPlaces[] = {{0.5f, 0.2f},  {0.38f, 0.2f}, {0.62f, 0.2f}, {0.5f, 0.5f},
                              {0.3f, 0.53f}, {0.7f, 0.53f}, {0.5f, 0.88f}};
  const auto side = static_cast<float>(crop.width);
  for (int i = 1 + random.below(3); i > 0; --i) {
    const Spot place = kPlaces[random.below(7)];
    const Spot middle{side * (place.x + random.between(-0.06f, 0.06f)),
                      side * (place.y + random.between(-0.05f, 0.05f))};
    const float width = side * random.scale(0.02f, 0.18f),
                height = side * random.scale(0.02f, 0.14f);
    const float strength = random.between(0.2f, 1), hardness = random.scale(0.8f, 8);
    for (int y = 0; y < crop.height; ++y)
      for (int x = 0; x < crop.width; ++x) {
        const float u = (static_cast<float>(x) - middle.x) / width;
        const float v = (static_cast<float>(y) - middle.y) / height;
        const float away = u * u + v * v;
        if (away > 6) continue;
        const float share = strength * std::min(1.f, hardness * std::exp(-away));
        set_pixel(crop, x, y, mix(pixel(crop, x, y), {255, 250, 240}, share));
      }
  }
}

void soften_part(Image& crop, Random& random) {
  const auto side = static_cast<float>(crop.width);
  const float share = random.scale(0.06f, 0.3f);
  const int small = std::max(4, static_cast<int>(side * share));
  const Image soft = resize(resize(crop.view(), small, small).view(), crop.width, crop.height);
  const Spot middle{side * random.between(0.3f, 0.7f), side * random.between(0.3f, 0.75f)};
  const float width = side * random.between(0.08f, 0.3f),
              height = side * random.between(0.08f, 0.25f);
  const float edge = random.between(0.05f, 0.6f), strength = random.between(0.6f, 1);
  const Rgb tint{random.between(-12, 12), random.between(-9, 9), random.between(-12, 12)};
  for (int y = 0; y < crop.height; ++y)
    for (int x = 0; x < crop.width; ++x) {
      const float u = (static_cast<float>(x) - middle.x) / width;
      const float v = (static_cast<float>(y) - middle.y) / height;
      const float inside = std::clamp((1 - std::sqrt(u * u + v * v)) / edge, 0.f, 1.f);
      if (inside <= 0) continue;
      Rgb colour = pixel(soft, x, y);
      for (size_t c = 0; c < 3; ++c) colour[c] += tint[c];
      set_pixel(crop, x, y, mix(pixel(crop, x, y), colour, strength * inside));
    }
}

void photograph_badly(Image& picture, Random& random, float strength) {
  const int width = picture.width, height = picture.height;
  if (random.chance(0.4f * strength)) {
    const float share = random.scale(0.3f, 0.9f);
    const Image small =
        resize(picture.view(), std::max(8, static_cast<int>(share * static_cast<float>(width))),
               std::max(8, static_cast<int>(share * static_cast<float>(height))));
    picture = resize(small.view(), width, height);
  }
  if (random.chance(0.25f * strength))
    for (int i = 1 + random.below(3); i > 0; --i) blur(picture);
  const bool grey = random.chance(0.06f * strength);
  const float gamma = random.scale(1 / (1 + 0.4f * strength), 1 + 0.4f * strength);
  Rgb gain{}, offset{};
  const float exposure = random.scale(1 / (1 + 0.3f * strength), 1 + 0.25f * strength);
  for (size_t c = 0; c < 3; ++c) {
    gain[c] = exposure * random.between(1 - 0.12f * strength, 1 + 0.12f * strength);
    offset[c] = random.between(-10, 10) * strength;
  }
  std::array<std::array<float, 256>, 3> table{};
  for (size_t c = 0; c < 3; ++c)
    for (size_t value = 0; value < 256; ++value)
      table[c][value] =
          255 * std::pow(static_cast<float>(value) / 255, gamma) * gain[c] + offset[c];
  const float noise = random.chance(0.6f) ? random.between(0, 9) * strength : 0;
  // A cheap generator: the values matter less than that they are many.
  auto state = static_cast<uint32_t>(random.unit() * 4e9f) | 1u;
  for (int y = 0; y < height; ++y) {
    uint8_t* row = picture.row(y);
    for (int x = 0; x < width; ++x) {
      Rgb colour{table[0][row[3 * x]], table[1][row[3 * x + 1]], table[2][row[3 * x + 2]]};
      if (grey) colour.fill((colour[0] + 2 * colour[1] + colour[2]) / 4);
      if (noise > 0)
        for (float& channel : colour) {
          state = state * 1664525u + 1013904223u;
          const float first = static_cast<float>(state >> 8) * (1.f / 16777216.f);
          state = state * 1664525u + 1013904223u;
          channel +=
              noise * 2.4f * (first + static_cast<float>(state >> 8) * (1.f / 16777216.f) - 1);
        }
      set_pixel(picture, x, y, colour);
    }
  }
}

}  // namespace ganface::train
