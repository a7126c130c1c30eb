// SPDX-License-Identifier: MIT
// Owns how many kernels oneDNN keeps for LibTorch.
#pragma once

namespace ganface::nn {

/// How many kernels oneDNN is to keep; 20 to 70 kB each. Pictures of a hundred sizes need 1,300, of
/// three hundred 2,100.
inline constexpr int kKernelsKept = 16384;

/// Lets oneDNN keep kKernelsKept kernels where it would keep its usual 1,024; once a process.
///
/// oneDNN 2.6 must not drop one where several threads compute: it then takes kernels from
/// descriptions that refer to freed memory, and convolutions throw, never end, end the process or
/// give wrong results. Does nothing under ONEDNN_PRIMITIVE_CACHE_CAPACITY, and where oneDNN is a
/// part of another library.
void keep_kernels();

}  // namespace ganface::nn
