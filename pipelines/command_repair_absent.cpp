// SPDX-License-Identifier: MIT
// Owns `ganface repair` of a build without the GStreamer elements.
#include "absent_command.h"
#include "commands.h"

namespace ganface::cli {

void add_repair(CLI::App& app) { add_absent(app, "repair", "plugins"); }

}  // namespace ganface::cli
