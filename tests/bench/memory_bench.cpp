// SPDX-License-Identifier: MIT
// Measures what memory is worth: photographs of people that no network has seen, moved along smooth
// paths in changing light while something passes in front of them, repaired with and without what
// was seen before. Usage: bench-memory [FOLDER_FOR_PICTURES]
#include <ganface/face_memory.h>
#include <ganface/holes.h>
#include <ganface/metrics.h>
#include <ganface/model_path.h>
#include <ganface/sheet.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "nn/runtime/device.h"
#include "train/synthetic/photographs.h"
#include "validation_people.h"

namespace {

using namespace ganface;
using train::Photograph;
using train::Similarity;
using train::Spot;

constexpr int kPeople = 50, kFrames = 100, kSide = 128;
constexpr int kClean = 12;  // frames before anything comes in front
constexpr double kLeastGain = 3, kMostFlicker = 1.2;
constexpr float kTau = 6.2831853f;

float wave(int frame, float period, float phase) {
  return std::sin(kTau * (static_cast<float>(frame) / period + phase));
}

// The canonical crop of a frame: what a tracker leaves of a face's motion, and slowly changing
// light.
Image frame_of_person(const Photograph& photograph, int person, int frame) {
  const float phase = 0.37f * static_cast<float>(person);
  const float middle = train::kPhotographSide / 2.f, half = kSide / 2.f;
  const Similarity map = Similarity::about(
      {half + 2.5f * wave(frame, 61, phase), half + 2 * wave(frame, 47, 2 * phase)},
      {middle, middle}, 1 + 0.025f * wave(frame, 83, phase), 0.035f * wave(frame, 71, 3 * phase));
  const float gain = 1 + 0.12f * wave(frame, 90, phase);
  Image crop(kSide, kSide, 3);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      train::set_pixel(
          crop, x, y,
          train::scaled(
              photograph.at(map({static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f}),
                            map.scale()),
              gain));
  return crop;
}

// A fist on an arm that comes from below and wanders over the face.
Image occluder(int person, int frame) {
  Image covered(kSide, kSide, 1);
  if (frame < kClean) return covered;
  const float phase = 0.61f * static_cast<float>(person);
  const float arrival = std::min(1.f, static_cast<float>(frame - kClean) / 15);
  const Spot fist{kSide * (0.5f + 0.25f * wave(frame, 67, phase)),
                  kSide * (1.3f - arrival * (0.65f + 0.2f * wave(frame, 53, 2 * phase)))};
  const float radius = kSide * (0.17f + 0.03f * wave(frame, 40, phase));
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const float u = static_cast<float>(x) - fist.x, v = static_cast<float>(y) - fist.y;
      const bool arm = v > 0 && std::abs(u - 0.3f * v) < 0.6f * radius;
      if (std::hypot(u, v) < radius || arm) covered.row(y)[x] = 255;
    }
  return covered;
}

// Mean absolute difference of two crops in a hole.
double difference(const Image& a, const Image& b, const Image& where) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < where.pixels.size(); ++i) {
    if (where.pixels[i] == 0) continue;
    for (size_t c = 0; c < 3; ++c) sum += std::abs(a.pixels[3 * i + c] - b.pixels[3 * i + c]);
    count += 3;
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

Image in_both(const Image& a, const Image& b) {
  Image both = a;
  for (size_t i = 0; i < both.pixels.size(); ++i)
    if (b.pixels[i] == 0) both.pixels[i] = 0;
  return both;
}

struct Tally {
  double psnr = 0, change = 0;
};

}  // namespace

int main(int count, char** arguments) {
  const std::string model = std::getenv("GANFACE_BENCH_MODEL") != nullptr
                                ? std::getenv("GANFACE_BENCH_MODEL")
                                : kDefaultCompletionModel;
  if (!std::filesystem::exists(bench::data())) {
    std::printf("skipped: no test data at %s\n", bench::data().c_str());
    return 77;
  }
  std::printf("%s\n", nn::instruction_set_line().c_str());
  const std::vector<std::filesystem::path> files = bench::validation_files();
  const Inpainter inpainter(model);
  RepairOptions options;
  options.blend = Blend::kNone;
  const Image inside(kSide, kSide, 1, 255);
  Tally with, without;
  double true_change = 0;
  int frames = 0, steps = 0;
  std::vector<Image> cells;
  for (int person = 0; person < kPeople; ++person) {
    const size_t number = static_cast<size_t>(person) * files.size() / kPeople;
    const Photograph photograph(read_image(files[number]));
    FaceMemory memory;
    Image last_truth, last_with, last_without, last_hole;
    for (int frame = 0; frame < kFrames; ++frame) {
      const Image truth = frame_of_person(photograph, person, frame);
      DamagedFace face;
      face.hole = dilate(occluder(person, frame), 2);
      face.crop = truth;
      for (size_t i = 0; i < face.hole.pixels.size(); ++i)
        if (face.hole.pixels[i] != 0)
          std::fill_n(face.crop.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3,
                      uint8_t{128});
      const int64_t now = memory.begin_frame();
      if (std::count(face.hole.pixels.begin(), face.hole.pixels.end(), 0) == kSide * kSide) {
        if (memory.see(1)) memory.look(1, face.crop, inside);
        last_truth = {};
        continue;
      }
      const Image alone = inpainter.repair({face}, options).front().repaired;
      memory.recall(1, face);
      RepairedFace repaired = inpainter.repair({face}, options).front();
      memory.learn(1, now, face, inside, repaired);
      with.psnr += psnr(repaired.repaired, truth, face.hole);
      without.psnr += psnr(alone, truth, face.hole);
      ++frames;
      if (!last_truth.empty()) {
        const Image both = in_both(face.hole, last_hole);
        true_change += difference(truth, last_truth, both);
        with.change += difference(repaired.repaired, last_with, both);
        without.change += difference(alone, last_without, both);
        ++steps;
      }
      if (person % 7 == 0 && frame % 22 == 0)
        cells.insert(cells.end(), {face.crop, alone, repaired.repaired, truth});
      last_truth = truth;
      last_with = repaired.repaired;
      last_without = alone;
      last_hole = face.hole;
    }
  }
  if (count > 1)
    write_png(std::filesystem::path(arguments[1]) / "memory.png", contact_sheet(cells, 16).view());
  const double gain = (with.psnr - without.psnr) / frames;
  const double flicker = with.change / true_change;
  std::printf("%d people, %d frames each; PSNR in the hole: with memory %.2f dB, without %.2f dB\n",
              kPeople, kFrames, with.psnr / frames, without.psnr / frames);
  std::printf(
      "change from frame to frame in the hole, of the truth's: with memory %.2f, without %.2f\n",
      flicker, without.change / true_change);
  std::printf("  %s: memory is worth %.1f dB or more\n", gain >= kLeastGain ? "met" : "MISSED",
              kLeastGain);
  std::printf("  %s: temporal error at most %.1f\n", flicker <= kMostFlicker ? "met" : "MISSED",
              kMostFlicker);
  return gain >= kLeastGain && flicker <= kMostFlicker ? 0 : 1;
}
