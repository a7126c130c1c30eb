// SPDX-License-Identifier: MIT
// Owns the writing of small text files, whole or not at all.
#include "text_file.h"

#include <ganface/error.h>
#include <ganface/output_file.h>

#include <filesystem>
#include <fstream>

namespace ganface::cli {

void write_text(const std::string& file, const std::string& text) {
  const std::filesystem::path target = link_end(file);
  const Unfinished unfinished = Unfinished::file(target);
  std::ofstream stream(unfinished.path());
  stream << text << '\n';
  stream.close();
  std::error_code error;
  if (stream) std::filesystem::rename(unfinished.path(), target, error);
  if (!stream || error) {
    std::filesystem::remove(unfinished.path(), error);
    throw Error(ErrorCode::kOutput, "cannot write '" + file + "'");
  }
}

}  // namespace ganface::cli
