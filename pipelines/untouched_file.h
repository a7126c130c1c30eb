// SPDX-License-Identifier: MIT
// Owns the rule that a file in which nothing was repaired is handed on as it is.
#pragma once

#include <filesystem>
#include <string>

#include "frame_log.h"
#include "media/conversion.h"
#include "repair_job.h"

namespace ganface::cli {

/// Whether a job may hand files on: it may not when it changes pictures by something else than a
/// repair.
bool hands_on(const RepairJob& job);

/// Whether every frame of the conversion left as it came.
bool is_untouched(const FrameLog& log, const media::ConversionState& end);

/// Makes `written`, which is to become `target`, a copy of `input` when that is of the format by
/// extension and content. Whether it was. Throws as copy_contents().
bool copy_untouched(const std::string& input, const media::OutputFormat& format,
                    const std::filesystem::path& written, const std::filesystem::path& target);

}  // namespace ganface::cli
