// SPDX-License-Identifier: MIT
// Owns checkpoints: the whole state of a training run in one safetensors file.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "train/adversarial/adversarial_game.h"

namespace ganface::train {

/// The state of a run beside its networks and optimisers: strings by name, the step among them.
using RunState = std::map<std::string, std::string>;

void set_step(RunState& state, int64_t step);
/// Throws Error(kModel) naming the file when there is none.
int64_t step_of(const RunState& state, const std::filesystem::path& file);

/// Writes networks, optimisers and `state`; `recipe` is kept to compare at resume. Throws
/// Error(kInternal), and leaves an earlier checkpoint as it is, when a weight is not finite.
void save_checkpoint(const std::filesystem::path& file, const AdversarialGame& game,
                     const RunState& state, const std::map<std::string, std::string>& recipe);

/// Restores what save_checkpoint wrote and returns the state. Throws Error(kModel) when the file is
/// damaged, and Error(kUsage) naming the option when `recipe` differs.
RunState load_checkpoint(const std::filesystem::path& file, AdversarialGame& game,
                         const std::map<std::string, std::string>& recipe);

}  // namespace ganface::train
