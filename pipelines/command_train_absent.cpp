// SPDX-License-Identifier: MIT
// Owns the training subcommands of a build without training.
#include "absent_command.h"
#include "commands.h"

namespace ganface::cli {

void add_train(CLI::App& app) { add_absent(app, "train", "training"); }
void add_train_encoder(CLI::App& app) { add_absent(app, "train-encoder", "training"); }
void add_train_facemask(CLI::App& app) { add_absent(app, "train-facemask", "training"); }
void add_train_completion(CLI::App& app) { add_absent(app, "train-completion", "training"); }
void add_train_features(CLI::App& app) { add_absent(app, "train-features", "training"); }

}  // namespace ganface::cli
