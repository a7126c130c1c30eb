// SPDX-License-Identifier: MIT
// Owns `ganface repair` of a build without the GStreamer elements.
#include <ganface/error.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "commands.h"

namespace ganface::cli {

void add_repair(CLI::App& app) {
  CLI::App* command = app.add_subcommand("repair", "Not built in; see meson's option plugins");
  command->allow_extras();
  command->callback([] {
    throw Error(ErrorCode::kUnsupported,
                "'repair' is not built in: this ganface was configured with -Dplugins=false");
  });
}

}  // namespace ganface::cli
