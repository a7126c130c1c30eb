// SPDX-License-Identifier: MIT
// Owns the colours of black-and-white and toned pictures.
#include "repair/toning.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace ganface::repair {
namespace {

constexpr float kRed = 0.299f, kGreen = 0.587f, kBlue = 0.114f;  // BT.601
constexpr size_t kSteps = 32;                                    // of luma
constexpr int kFewest = 50;     // pixels of a step, and 10 times as many of a picture
constexpr double kNoise = 2.5;  // levels: chroma that is a codec's, root mean square

float luma(const uint8_t* p) {
  return kRed * static_cast<float>(p[0]) + kGreen * static_cast<float>(p[1]) +
         kBlue * static_cast<float>(p[2]);
}

// Red's and blue's distance from the luma.
struct Chroma {
  float red = 0, blue = 0;
};

Chroma chroma(const uint8_t* p) {
  const float own = luma(p);
  return {static_cast<float>(p[0]) - own, static_cast<float>(p[2]) - own};
}

bool is_grey(const Image& crop, const Image& known) {
  int count = 0;
  for (size_t i = 0; i < known.pixels.size(); ++i) {
    const uint8_t* p = crop.pixels.data() + 3 * i;
    if (known.pixels[i] == 0) continue;
    if (p[0] != p[1] || p[1] != p[2]) return false;
    ++count;
  }
  return count >= 10 * kFewest;
}

// The chroma of each step of luma; none when luma does not say it.
class Tone {
 public:
  static std::optional<Tone> of(const Image& crop, const Image& known) {
    std::array<double, kSteps> count{}, red{}, blue{}, squares{};
    for (size_t i = 0; i < known.pixels.size(); ++i) {
      if (known.pixels[i] == 0) continue;
      const uint8_t* p = crop.pixels.data() + 3 * i;
      const Chroma own = chroma(p);
      const size_t step = step_of(luma(p));
      ++count[step];
      red[step] += own.red;
      blue[step] += own.blue;
      squares[step] += own.red * own.red + own.blue * own.blue;
    }
    double total = 0, rest = 0;
    Tone tone;
    std::array<bool, kSteps> is_known{};
    for (size_t step = 0; step < kSteps; ++step) {
      if (count[step] < 1) continue;
      total += count[step];
      red[step] /= count[step];
      blue[step] /= count[step];
      rest += squares[step] - count[step] * (red[step] * red[step] + blue[step] * blue[step]);
      is_known[step] = count[step] >= kFewest;
      tone.steps_[step] = {static_cast<float>(red[step]), static_cast<float>(blue[step])};
    }
    if (total < 10 * kFewest || std::sqrt(rest / (2 * total)) > kNoise) return {};
    tone.fill(is_known);
    return tone;
  }

  Chroma at(float luma) const {
    const float place = std::clamp(luma * kSteps / 256 - 0.5f, 0.f, static_cast<float>(kSteps - 1));
    const auto first = std::min(static_cast<size_t>(place), kSteps - 2);
    const float share = place - static_cast<float>(first);
    const Chroma &a = steps_[first], &b = steps_[first + 1];
    return {a.red + share * (b.red - a.red), a.blue + share * (b.blue - a.blue)};
  }

 private:
  static size_t step_of(float luma) {
    return std::min(static_cast<size_t>(std::max(luma, 0.f) * kSteps / 256), kSteps - 1);
  }
  // Steps of which too little is known take the nearest one's.
  void fill(const std::array<bool, kSteps>& is_known) {
    const std::array<Chroma, kSteps> own = steps_;
    for (size_t step = 0; step < kSteps; ++step)
      for (size_t away = 0; away < kSteps; ++away) {
        const size_t below = step - std::min(step, away), above = std::min(step + away, kSteps - 1);
        if (!is_known[below] && !is_known[above]) continue;
        steps_[step] = own[is_known[below] ? below : above];
        break;
      }
  }

  std::array<Chroma, kSteps> steps_{};
};

uint8_t level(float value) { return static_cast<uint8_t>(std::clamp(value + 0.5f, 0.f, 255.f)); }

}  // namespace

void follow_toning(Image& completion, const Image& crop, const Image& known, const Image& alpha) {
  const bool grey = is_grey(crop, known);
  const std::optional<Tone> tone = grey ? std::nullopt : Tone::of(crop, known);
  if (!grey && !tone) return;
  for (size_t i = 0; i < alpha.pixels.size(); ++i) {
    if (alpha.pixels[i] == 0) continue;
    uint8_t* p = completion.pixels.data() + 3 * i;
    const float own = luma(p);
    if (grey) {
      p[0] = p[1] = p[2] = level(own);
      continue;
    }
    const Chroma wanted = tone->at(own);
    p[0] = level(own + wanted.red);
    p[1] = level(own - (kRed * wanted.red + kBlue * wanted.blue) / kGreen);
    p[2] = level(own + wanted.blue);
  }
}

}  // namespace ganface::repair
