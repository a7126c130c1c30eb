// SPDX-License-Identifier: MIT
// Owns Ctrl-C: a long command sees it and ends in good order.
#pragma once

#include <string>

namespace ganface::cli {

constexpr int kInterrupted = 130;  ///< exit code: 128 + SIGINT, as shells have it

/// From now on SIGINT, SIGTERM and SIGHUP, unless they are ignored, set a flag instead of ending
/// the process; a second one of a kind ends it.
void catch_interruption();
/// Whether one has come.
bool interrupted();
/// Says what the interrupted command leaves, and ends it with kInterrupted.
[[noreturn]] void say_interrupted(const std::string& what);

}  // namespace ganface::cli
