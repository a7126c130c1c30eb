// SPDX-License-Identifier: MIT
// Owns the rule that a file in which nothing was repaired is handed on as it is.
#include "untouched_file.h"

#include "unfinished_file.h"

namespace ganface::cli {

bool hands_on(const RepairJob& job) { return !job.preview && !job.options->paints(); }

bool is_untouched(const FrameLog& log, const media::ConversionState& end) {
  return log.frames() == end.frames && !log.is_any_changed();
}

bool copy_untouched(const std::string& input, const media::OutputFormat& format,
                    const std::filesystem::path& written, const std::filesystem::path& target) {
  if (!media::is_of_format(input, format)) return false;
  copy_contents(input, written, target);
  return true;
}

}  // namespace ganface::cli
