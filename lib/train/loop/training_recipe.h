// SPDX-License-Identifier: MIT
// Owns what a generator's training is asked for: what of it the game is told, and what is noted.
#pragma once

#include <ganface/training.h>

#include <map>
#include <string>

#include "train/adversarial/adversarial_game.h"

namespace ganface::train {

/// The options as text by name, for the model's file, and to compare when a run is resumed.
std::map<std::string, std::string> recipe_of(const TrainingOptions& options, int64_t images,
                                             int processes);

/// How the options ask the game to be played. Throws Error(kUsage) for a name that is unknown.
GameOptions game_options(const TrainingOptions& options);

}  // namespace ganface::train
