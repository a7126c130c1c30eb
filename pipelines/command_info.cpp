// SPDX-License-Identifier: MIT
// Owns `ganface info`.
#include <ganface/model_information.h>
#include <ganface/model_path.h>

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
  std::string model = kDefaultModel;
  bool json = false;
};

void run(const Options& options) {
  const ModelInformation information = model_information(options.model);
  if (options.json) {
    std::printf("%s\n", information.json().c_str());
    return;
  }
  std::printf("file: %s\n", information.file.c_str());
  for (const auto& [name, network] : information.networks)
    std::printf("%s: %lld tensors, %.2f million numbers, %.1f MB\n", name.c_str(),
                static_cast<long long>(network.tensors),
                static_cast<double>(network.parameters) / 1e6,
                static_cast<double>(network.bytes) / 1e6);
  for (const auto& [name, value] : information.metadata)
    std::printf("%s: %s\n", name.c_str(), value.c_str());
}

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* command = app.add_subcommand("info", "Say what a model is and was made from");
  auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->model, "Name or path")->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
