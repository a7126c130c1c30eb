// SPDX-License-Identifier: MIT
// Owns the photographs of the people that no network was trained on.
#pragma once

#include <filesystem>
#include <vector>

namespace ganface::bench {

/// The test data: GANFACE_TEST_DATA, or ../shared/data.
std::filesystem::path data();

/// The photographs of the people that are kept for validation: int(sha256(name), 16) % 10 == 1.
std::vector<std::filesystem::path> validation_files();

}  // namespace ganface::bench
