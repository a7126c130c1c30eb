// SPDX-License-Identifier: MIT
// Owns the version of the library.
#include <ganface/version.h>

#include "ganface-config.h"

namespace ganface {

const char* library_version() { return GANFACE_VERSION; }

}  // namespace ganface
