// SPDX-License-Identifier: MIT
// Owns what any exception means, as an Error.
#pragma once

#include <ganface/error.h>

namespace ganface::core {

/// In a catch block: the exception that is handled as an Error. Memory that ran out, and files and
/// threads that the system refuses, are no defects.
Error current_error();

}  // namespace ganface::core
