// SPDX-License-Identifier: MIT
// Owns `ganface frechet`.
#include <ganface/error.h>
#include <ganface/frechet.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "text_file.h"

namespace ganface::cli {
namespace {

struct Options {
  FrechetOptions comparison;
  std::string json_file;
};

void run(const Options& options) {
  const FrechetDistances distances = frechet_distances(options.comparison);
  std::printf("%lld faces against %lld images: pixels %.3f, features %.3f\n",
              static_cast<long long>(distances.samples), static_cast<long long>(distances.images),
              distances.pixels, distances.features);
  if (options.json_file.empty()) return;
  char text[200];
  std::snprintf(text, sizeof text,
                "{\"samples\": %lld, \"images\": %lld, \"pixels\": %.6g, \"features\": %.6g}",
                static_cast<long long>(distances.samples), static_cast<long long>(distances.images),
                distances.pixels, distances.features);
  write_text(options.json_file, text);
}

}  // namespace

void add_frechet(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "frechet", "Measure how far generated faces are, as a whole, from real ones");
  auto options = std::make_shared<Options>();
  FrechetOptions& comparison = options->comparison;
  command
      ->add_option("MODEL", comparison.model,
                   "Name or path of a model; or a folder of images, to compare those")
      ->required();
  command->add_option("FOLDER", comparison.folder, "Real images at any depth")->required();
  command->add_option("--features", comparison.features, "Name or path of a feature network")
      ->capture_default_str();
  command->add_option("--samples", comparison.samples, "Generated faces")->capture_default_str();
  command->add_option("--seed", comparison.seed, "Fixes the faces")->capture_default_str();
  command->add_option("--device", comparison.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_option("--json", options->json_file, "Write the figures to this file");
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
