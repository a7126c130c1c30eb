// SPDX-License-Identifier: MIT
// Owns the one exception type that leaves libganface.
#pragma once

#include <ganface/api.h>

#include <stdexcept>
#include <string>

namespace ganface {

/// What kind of thing went wrong; each kind has one remedy, and one exit code of `ganface`.
enum class ErrorCode {
  kUsage,        ///< an option or argument is out of range or contradicts another
  kInput,        ///< an image, video or folder given by the user cannot be used
  kOutput,       ///< a result cannot be written
  kModel,        ///< a model file is missing, damaged or made for another network
  kDevice,       ///< the requested device does not exist, or a limit of the process is reached
  kUnsupported,  ///< documented, but not built yet or not built in
  kInternal,     ///< a defect in ganface or a library below it
  kMemory,       ///< memory ran out; something smaller, or less at a time, may fit
};

/// The exception thrown by every function of the public API. what() names the thing, what was
/// expected, what came, and what to do.
class GANFACE_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace ganface
