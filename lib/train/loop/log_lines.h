// SPDX-License-Identifier: MIT
// Owns the reading of a training run's log, whose lines may be torn or changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ganface::train {

/// The log's lines up to `step`, those that are not JSON objects left out. A step that is no number
/// counts as 0.
std::string lines_until(const std::filesystem::path& log, int64_t step);

/// Writes the log's columns (epoch, value, divergence, real_score, fake_score, reconstruction) for
/// gnuplot; what is no number counts as 0. Whether an encoder's loss is among them.
bool write_table(const std::filesystem::path& log, const std::filesystem::path& table);

}  // namespace ganface::train
