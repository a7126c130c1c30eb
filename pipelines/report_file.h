// SPDX-License-Identifier: MIT
// Owns the file of `ganface repair --report`: one JSON document a line.
#pragma once

#include <fstream>
#include <string>

#include "unfinished_file.h"

namespace ganface::cli {

/// A report in the making; it has its name only after commit().
class ReportFile {
 public:
  /// Throws Error(kOutput) when it cannot be written there.
  explicit ReportFile(const std::string& file);

  /// `line`: without its end.
  void add(const std::string& line);
  /// Throws Error(kOutput) when some of it could not be written, as on a full disk.
  void close();
  /// After close().
  void commit() { unfinished_.commit(); }

 private:
  const std::string file_;
  UnfinishedFile unfinished_;
  std::ofstream stream_;
};

}  // namespace ganface::cli
