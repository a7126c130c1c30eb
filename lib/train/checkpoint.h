// SPDX-License-Identifier: MIT
// Owns checkpoints: the whole state of a training run in one safetensors file.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "train/adversarial_game.h"

namespace ganface::train {

/// Writes networks, optimisers and the step number; `recipe` is kept to compare at resume.
void save_checkpoint(const std::filesystem::path& file, const AdversarialGame& game, int64_t step,
                     const std::map<std::string, std::string>& recipe);

/// Restores what save_checkpoint wrote and returns the step number. Throws Error(kModel) when the
/// file is damaged, and Error(kUsage) naming the option when `recipe` differs.
int64_t load_checkpoint(const std::filesystem::path& file, AdversarialGame& game,
                        const std::map<std::string, std::string>& recipe);

}  // namespace ganface::train
