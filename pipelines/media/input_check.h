// SPDX-License-Identifier: MIT
// Owns what is refused before it is tried.
#pragma once

#include <string>

namespace ganface::media {

/// Refuses files that GStreamer would wait for without end, take for damaged ones, or need more
/// memory for than any real picture does: pipes and devices, playlists, HEIC and AVIF, animated GIF
/// and WebP, MP4 without an index, pictures of more than 250 megapixels. Throws Error(kInput), and
/// Error(kUnsupported) for formats that are not read. GStreamer runs.
void check_input(const std::string& file);

}  // namespace ganface::media
