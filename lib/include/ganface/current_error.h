// SPDX-License-Identifier: MIT
// Owns what any exception means, as an Error.
#pragma once

#include <ganface/api.h>
#include <ganface/error.h>

namespace ganface {

/// In a catch block: the exception that is handled as an Error. Memory that ran out, and files and
/// threads that the system refuses, are no defects.
GANFACE_API Error current_error();

}  // namespace ganface
