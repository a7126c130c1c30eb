// SPDX-License-Identifier: MIT
// Owns what films say beside their tracks, and what of it results do not say.
#pragma once

#include <string>
#include <vector>

#include "media/media_source.h"
#include "media/output_format.h"

namespace ganface::media {

/// What of the tags and chapters that the streams have brought so far a file of the format does not
/// hold, one note each: "attached files are left out".
std::vector<std::string> tags_left_out(const std::vector<MediaStream>& streams,
                                       const OutputFormat& format);

}  // namespace ganface::media
