// SPDX-License-Identifier: MIT
// Owns the file of `ganface repair --report`: one JSON document a line.
#include "report_file.h"

#include <ganface/error.h>

#include <cerrno>
#include <cstring>

namespace ganface::cli {

ReportFile::ReportFile(const std::string& file)
    : file_(file), unfinished_(file), stream_(unfinished_.path(), std::ios::binary) {}

void ReportFile::add(const std::string& line) { stream_ << line << '\n'; }

void ReportFile::close() {
  errno = 0;
  stream_.close();
  if (stream_.fail())
    throw Error(ErrorCode::kOutput,
                "cannot write report '" + file_ +
                    "': " + (errno != 0 ? std::strerror(errno) : "its disk may be full"));
}

}  // namespace ganface::cli
