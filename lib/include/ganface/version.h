// SPDX-License-Identifier: MIT
// Owns the version of the headers; the library of another minor version of 0.x may have another
// ABI.
#pragma once

#include <ganface/api.h>

#define GANFACE_VERSION_MAJOR 0
#define GANFACE_VERSION_MINOR 1
#define GANFACE_VERSION_PATCH 0

namespace ganface {

/// The version of the library that runs, as "0.1.0".
GANFACE_API const char* library_version();

}  // namespace ganface
