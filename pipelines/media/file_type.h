// SPDX-License-Identifier: MIT
// Owns what a file is by its content.
#pragma once

#include <string>

namespace ganface::media {

/// The media type that a file's first bytes tell of, as "image/jpeg"; empty when they tell of none,
/// or the file cannot be read. GStreamer runs.
std::string media_type_of(const std::string& file);

}  // namespace ganface::media
