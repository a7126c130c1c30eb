// SPDX-License-Identifier: MIT
// Owns how the process ends before its work is done, interrupted or by a library: nothing
// unfinished stays.
#pragma once

namespace ganface::cli {

/// Ends the process with `code` after removing everything unfinished, and saying `why`: for
/// threads that cannot be called back, and where memory has run out. It allocates nothing.
[[noreturn]] void leave(const char* why, int code);

/// From now on, and until expect_end(), what a library ends the process with leaves nothing
/// unfinished: exit() becomes leave() with `code`, and so does memory that runs out where nothing
/// can catch it, as in a function that C calls. A signal as of abort() stays one.
void catch_unexpected_end(int code);
/// exit() is meant now.
void expect_end();

/// Ends the process with exit code 130 when Ctrl-C or SIGTERM has come, after removing everything
/// unfinished. It does not wait for a search that is under way, which may take minutes.
void leave_if_interrupted();

}  // namespace ganface::cli
