// SPDX-License-Identifier: MIT
// Owns `ganface neighbours`.
#include <ganface/error.h>
#include <ganface/neighbours.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>

#include "commands.h"

namespace ganface::cli {
namespace {

struct Options {
  NeighbourOptions search;
  std::string sheet_file;
};

void run(const Options& options) {
  const Neighbours neighbours = find_neighbours(options.search);
  std::printf("median distance to the nearest training image, in 8-bit levels: generated %.1f",
              neighbours.generated);
  if (!options.search.unseen.empty()) std::printf(", unseen images %.1f", neighbours.unseen);
  std::printf("\n");
  if (!options.sheet_file.empty()) write_png(options.sheet_file, neighbours.sheet.view());
}

}  // namespace

void add_neighbours(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "neighbours", "Show generated faces beside the training images that they are nearest to");
  auto options = std::make_shared<Options>();
  NeighbourOptions& search = options->search;
  command->add_option("MODEL", search.model, "Name or path of a model")->required();
  command->add_option("FOLDER", search.folder, "Its training images")->required();
  command->add_option("--unseen", search.unseen,
                      "Images that it was not trained on, for a distance to compare with");
  command->add_option("--count", search.count, "Generated faces")->capture_default_str();
  command->add_option("--seed", search.seed, "Fixes the faces")->capture_default_str();
  command->add_option("--device", search.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_option("--sheet", options->sheet_file,
                      "Write face and neighbour side by side, 8 pairs a row (PNG)");
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
