// SPDX-License-Identifier: MIT
// Owns Ctrl-C: a long command sees it and ends in good order.
#pragma once

namespace ganface::cli {

/// From now on SIGINT and SIGTERM set a flag instead of ending the process.
void catch_interruption();
/// Whether one has come.
bool interrupted();

}  // namespace ganface::cli
