// SPDX-License-Identifier: MIT
// Owns streams over texts that do not end early without a word.
#pragma once

#include <sstream>
#include <string>

namespace ganface::core {

/// A std::istringstream that throws std::bad_alloc. The standard's keeps that to itself, so that
/// words are missing at the end.
class TextReader : public std::istringstream {
 public:
  explicit TextReader(const std::string& text) : std::istringstream(text) {
    exceptions(std::ios::badbit);
  }
};

/// A std::ostringstream that throws std::bad_alloc.
class TextWriter : public std::ostringstream {
 public:
  TextWriter() { exceptions(std::ios::badbit); }
};

}  // namespace ganface::core
