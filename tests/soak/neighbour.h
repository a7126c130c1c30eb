// SPDX-License-Identifier: MIT
// Owns a process beside this one that leaves it little of the processor.
#pragma once

#include <sys/types.h>

#include <string>

namespace ganface::soak {

/// What main() does for starve(): computes on every processor for so many milliseconds.
void be_a_neighbour(int milliseconds);

/// Starts and stops such a process, at most one at a time.
class Neighbour {
 public:
  explicit Neighbour(std::string program) : program_(std::move(program)) {}
  ~Neighbour() { stop(); }

  void start(int milliseconds);
  void stop();

 private:
  const std::string program_;  // this one
  pid_t process_ = -1;
};

}  // namespace ganface::soak
