// SPDX-License-Identifier: MIT
// Owns the verdict on a process' memory over time.
#pragma once

#include <string>
#include <vector>

namespace ganface::soak {

double resident_mib();
/// How many kernels oneDNN keeps for LibTorch; ever new sizes of frames fill its cache for hours. 0
/// where oneDNN is a part of another library.
int kernels_kept();
/// What is allocated from the C library and not freed; resident pages count its spare ones too.
double allocated_mib();

/// A quantity over time, of which the first part is warm-up.
class Series {
 public:
  void add(double hours, double mib) { samples_.push_back({hours, mib}); }
  size_t size() const { return samples_.size(); }

  struct Trend {
    double first_mib = 0, last_mib = 0;  ///< medians of the first and the last window
    double mib_per_hour = 0;             ///< median slope between windows (Theil and Sen)
    double most_mib = 0;
    size_t samples = 0;
  };
  /// After the first quarter, in eight windows.
  Trend trend() const;

 private:
  struct Sample {
    double hours, mib;
  };
  std::vector<Sample> samples_;
};

}  // namespace ganface::soak
