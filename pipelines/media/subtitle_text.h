// SPDX-License-Identifier: MIT
// Owns the text of subtitles as files hold it.
#pragma once

#include <string>

namespace ganface::media {

/// The text that markup (as demuxers give it, with &amp; for &) stands for. `keep_tags`: whether
/// <i> and the like stay, as SubRip has them, or go.
std::string plain_subtitle(const std::string& markup, bool keep_tags);

}  // namespace ganface::media
