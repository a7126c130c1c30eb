// SPDX-License-Identifier: MIT
// Owns the writing of small text files, whole or not at all.
#include "text_file.h"

#include <ganface/error.h>

#include <filesystem>
#include <fstream>

namespace ganface::cli {

void write_text(const std::string& file, const std::string& text) {
  const std::string part = file + ".part";
  std::ofstream stream(part);
  stream << text << '\n';
  stream.close();
  std::error_code error;
  if (stream) std::filesystem::rename(part, file, error);
  if (!stream || error) {
    std::filesystem::remove(part, error);
    throw Error(ErrorCode::kOutput, "cannot write '" + file + "'");
  }
}

}  // namespace ganface::cli
