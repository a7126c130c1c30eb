// SPDX-License-Identifier: MIT
// Owns `ganface fake`.
#include <ganface/error.h>
#include <ganface/face_generator.h>
#include <ganface/model_path.h>
#include <ganface/sheet.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "commands.h"

namespace ganface::cli {
namespace {

struct Options {
  std::string out, grid = "8x8", model = kDefaultModel, device = "auto";
  uint64_t seed = 1;
};

void run(const Options& options) {
  const Grid grid = parse_grid(options.grid);
  const FaceGenerator generator(options.model, options.device);
  const auto faces = generator.generate(generator.sample(grid.columns * grid.rows, options.seed));
  write_png(options.out, contact_sheet(faces, grid.columns).view());
  std::printf("wrote %s\n", options.out.c_str());
}

}  // namespace

void add_fake(CLI::App& app) {
  CLI::App* command = app.add_subcommand("fake", "Make faces up");
  auto options = std::make_shared<Options>();
  command->add_option("OUT", options->out, "PNG file to write")->required();
  command->add_option("--grid", options->grid, "COLUMNSxROWS of faces")->capture_default_str();
  command->add_option("--seed", options->seed, "Fixes the faces")->capture_default_str();
  command->add_option("--model", options->model, "Name or path")->capture_default_str();
  command->add_option("--device", options->device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
