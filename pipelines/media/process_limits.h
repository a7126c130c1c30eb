// SPDX-License-Identifier: MIT
// Owns what the system lets one process have.
#pragma once

#include <string>

namespace ganface::media {

/// Whether the process can start so many further threads. GStreamer waits for ever for one that it
/// could not start.
bool can_start_threads(int count);

/// How many of `wanted` conversions can run at a time under the system's limits of open files and
/// threads; the soft limit of open files is raised first. Call it once, before the first of them.
/// Throws Error kDevice with the name of the input when there is no room for one: without a file a
/// bus does not wait but answers at once, for ever.
int conversions_at_a_time(int wanted, const std::string& input);

/// No further file can be opened.
[[noreturn]] void throw_no_files_left(const std::string& input);

}  // namespace ganface::media
