// SPDX-License-Identifier: MIT
// Owns what `ganface repair` makes of IN and OUT: one file, numbered files or a folder.
#pragma once

#include <cstdint>
#include <string>

#include "media/element_options.h"
#include "media/repair_chain.h"

namespace ganface::cli {

struct RepairJob {
  std::string in, out;
  std::string framerate = "25/1";  ///< of numbered files
  int jobs = 1;                    ///< images of a folder at a time
  bool preview = false;            ///< input and result side by side
  bool quiet = false;              ///< neither progress nor notes
  std::string report;              ///< file for a line a frame; empty = none
  const media::ElementOptions* options = nullptr;
};

struct RepairTotals {
  uint64_t frames = 0;
  media::FaceCounts faces;
  uint64_t files = 0;   ///< written
  uint64_t copied = 0;  ///< of them, those that are the input's bytes
  std::string out;      ///< what was written; differs from the job's when that names a folder
};

/// Does the job. A file in which nothing was repaired becomes a copy of its input where both are of
/// one format and nothing else was asked for that changes pictures. Nothing incomplete has the name
/// of a result at any time; the images of a folder are complete one by one. Throws Error; for a
/// folder, after every image has been tried.
RepairTotals repair(const RepairJob& job);

}  // namespace ganface::cli
