// SPDX-License-Identifier: MIT
// Owns the subcommands of `ganface` that this build leaves out.
#pragma once

#include <ganface/error.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>

namespace ganface::cli {

/// A subcommand that says which option of the build would bring it.
inline void add_absent(CLI::App& app, const std::string& name, const std::string& option) {
  CLI::App* command = app.add_subcommand(name, "Not built in; see meson's option " + option);
  command->allow_extras();
  command->callback([name, option] {
    throw Error(ErrorCode::kUnsupported, "'" + name +
                                             "' is not built in: this ganface was configured with "
                                             "-D" +
                                             option + "=disabled");
  });
}

}  // namespace ganface::cli
