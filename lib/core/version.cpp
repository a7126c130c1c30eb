// SPDX-License-Identifier: MIT
// Owns the version of the library.
#include <ganface/version.h>

#include <string_view>

#include "ganface-config.h"

namespace ganface {

#define GANFACE_TEXT(value) #value
#define GANFACE_VERSION_TEXT(major, minor, patch) \
  GANFACE_TEXT(major) "." GANFACE_TEXT(minor) "." GANFACE_TEXT(patch)

static_assert(std::string_view(GANFACE_VERSION_TEXT(GANFACE_VERSION_MAJOR, GANFACE_VERSION_MINOR,
                                                    GANFACE_VERSION_PATCH)) == GANFACE_VERSION,
              "ganface/version.h and meson.build say different versions");

const char* library_version() { return GANFACE_VERSION; }

}  // namespace ganface
