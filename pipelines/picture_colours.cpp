// SPDX-License-Identifier: MIT
// Owns how a picture keeps its colours from one file to the next.
#include "picture_colours.h"

#include <ganface/image_marks.h>

namespace ganface::cli {

std::string keep_colours(const std::string& input, const std::filesystem::path& written) {
  const ImageMarks marks = read_image_marks(input);
  if (marks.profile.empty()) return "";
  const std::string space = colour_space_of(marks.profile);
  const std::string left_out = "'" + input + "': its colour profile is left out: ";
  // The pixels have become red, green and blue.
  if (space != "RGB ") return left_out + "it is for other colours than the result's";
  if (add_colour_profile(written, marks.profile)) return "";
  return left_out + "'" + written.extension().string() + "' holds none";
}

}  // namespace ganface::cli
