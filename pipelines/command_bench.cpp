// SPDX-License-Identifier: MIT
// Owns `ganface bench`: how fast this machine makes and repairs faces.
#include <ganface/error.h>
#include <ganface/face_generator.h>
#include <ganface/holes.h>
#include <ganface/model_path.h>
#include <ganface/repair.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "text_file.h"

namespace ganface::cli {
namespace {

struct Options {
  std::string model = kDefaultModel, completion_model = kDefaultCompletionModel, device = "auto",
              json_file;
  std::vector<std::string> presets{"fast", "paper"};
  std::vector<int> together{1};
};

struct Figure {
  std::string name;
  double ms;
};

// Median milliseconds of a few calls, after one that warms up.
template <typename Call>
double median_ms(Call call) {
  using Clock = std::chrono::steady_clock;
  constexpr int kCalls = 5;
  call();
  std::vector<double> times;
  for (int i = 0; i < kCalls; ++i) {
    const auto begin = Clock::now();
    call();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + kCalls / 2, times.end());
  return times[kCalls / 2];
}

void run(const Options& options) {
  const FaceGenerator generator(options.model, options.device);
  const Inpainter inpainter(options.model, options.device);
  std::vector<Figure> figures;
  for (const int count : {1, 64}) {
    const std::vector<float> latents = generator.sample(count, 1);
    figures.push_back({"generate, " + std::to_string(count) + " together, a face",
                       median_ms([&] { generator.generate(latents); }) / count});
  }
  for (const std::string& preset : options.presets)
    for (const int count : {1, 16}) {
      std::vector<DamagedFace> faces;
      for (const Image& face : generator.generate(generator.sample(count, 2)))
        faces.push_back({face, region_hole(Region::kCenter, inpainter.size(), 1), {}, {}, {}, {}});
      const RepairOptions repair = preset_options(preset);
      figures.push_back({"repair, " + preset + ", " + std::to_string(count) + " together, a face",
                         median_ms([&] { inpainter.repair(faces, repair); }) / count});
    }
  const Inpainter completer(options.completion_model, options.device);
  for (const bool tracked : {false, true}) {
    const Image crop = resize(generator.generate(generator.sample(1, 2)).front().view(),
                              completer.size(), completer.size());
    DamagedFace face;
    face.crop = crop;
    face.hole = region_hole(Region::kCenter, completer.size(), 1);
    if (tracked) {
      face.reference = crop;
      face.known = Image(crop.width, crop.height, 1, 255);
      face.prior_sample =
          completer.repair({face}, {}).front().prior_sample;  // as a stream's memory keeps it
    }
    for (const int count : options.together)
      figures.push_back(
          {std::string("complete, ") + (tracked ? "tracked" : "first sight") +
               (count > 1 ? ", " + std::to_string(count) + " together" : "") + ", a face",
           median_ms([&, faces = std::vector<DamagedFace>(static_cast<size_t>(count), face)] {
             completer.repair(faces, {});
           }) / count});
  }
  std::string json = "{";
  for (const Figure& figure : figures) {
    std::printf("%-44s %9.2f ms\n", figure.name.c_str(), figure.ms);
    char text[120];
    std::snprintf(text, sizeof text, "%s\"%s\": %.4g", json.size() > 1 ? ", " : "",
                  figure.name.c_str(), figure.ms);
    json += text;
  }
  if (!options.json_file.empty()) write_text(options.json_file, json + "}");
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("bench", "Measure how fast this machine makes and repairs faces");
  auto options = std::make_shared<Options>();
  command->add_option("--model", options->model, "Name or path")->capture_default_str();
  command->add_option("--completion-model", options->completion_model, "Name or path")
      ->capture_default_str();
  command->add_option("--device", options->device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_option("--preset", options->presets, "Presets, separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  command
      ->add_option("--together", options->together,
                   "Faces that are completed in one batch, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--json", options->json_file, "Write the milliseconds to this file");
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
