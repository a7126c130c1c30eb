// SPDX-License-Identifier: MIT
// Owns the return of memory that a stopped stream has freed.
#pragma once

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace ganface::gst {

/// Gives freed memory back to the system. The C library keeps tens of megabytes for each thread
/// that ever freed some, and networks free much: a process that stops and starts streams would hold
/// the most that each of its threads needed.
inline void return_spare_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace ganface::gst
