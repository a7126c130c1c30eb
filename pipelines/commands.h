// SPDX-License-Identifier: MIT
// Owns the list of the subcommands of `ganface`.
#pragma once

#include <ganface/error.h>

#include <CLI/App.hpp>

namespace ganface::cli {

/// What the process ends with after an error of this kind.
int exit_code(ErrorCode code);

// Each adds its subcommand to `app`, with a callback that does the work and throws ganface::Error.
void add_bench(CLI::App& app);
void add_eval(CLI::App& app);
void add_fake(CLI::App& app);
void add_frechet(CLI::App& app);
void add_info(CLI::App& app);
void add_neighbours(CLI::App& app);
void add_repair(CLI::App& app);
void add_train(CLI::App& app);
void add_train_encoder(CLI::App& app);
void add_train_facemask(CLI::App& app);
void add_train_completion(CLI::App& app);
void add_train_features(CLI::App& app);

}  // namespace ganface::cli
