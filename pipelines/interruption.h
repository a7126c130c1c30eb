// SPDX-License-Identifier: MIT
// Owns Ctrl-C: a long command sees it and ends in good order.
#pragma once

#include <chrono>
#include <string>

namespace ganface::cli {

constexpr int kInterrupted = 130;  ///< exit code: 128 + SIGINT, as shells have it

/// From now on SIGINT, SIGTERM and SIGHUP, unless they are ignored, set a flag instead of ending
/// the process; a second one of a kind ends it. Writing to a closed pipe, or beyond a limit of file
/// sizes, is an error and no longer a signal.
void catch_interruption();
/// After catch_interruption(): has a thread call `act` some time after a signal has come, in case
/// the command does not look for it because it waits for something.
void act_when_interrupted(std::chrono::milliseconds patience, void (*act)());
/// Whether one has come.
bool interrupted();
/// Says what the interrupted command leaves, and ends it with kInterrupted.
[[noreturn]] void say_interrupted(const std::string& what);

}  // namespace ganface::cli
