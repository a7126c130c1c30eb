// SPDX-License-Identifier: MIT
// Owns what is known of an input's frames after their repair.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ganface::cli {

/// What became of the frames of one input, in their order.
class FrameLog {
 public:
  /// Gives the file that holds a frame, counted from 0.
  using FileOf = std::function<std::string(uint64_t frame)>;
  /// Takes a line of the report, without its end.
  using Write = std::function<void(const std::string& line)>;

  /// `write` may be empty.
  FrameLog(FileOf file_of, Write write);

  /// Takes in the next frame: ganinpaint's message "ganinpaint-report".
  void add(const GstStructure* report);

  uint64_t frames() const { return changed_.size(); }
  bool is_changed(uint64_t frame) const { return changed_[frame]; }
  bool is_any_changed() const;

 private:
  FileOf file_of_;
  Write write_;
  std::vector<bool> changed_;
};

}  // namespace ganface::cli
