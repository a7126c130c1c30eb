// SPDX-License-Identifier: MIT
// Owns the translation of LibTorch's exceptions into ganface::Error at the public edge.
#pragma once

#include <c10/util/Exception.h>
#include <ganface/error.h>

#include <new>
#include <string>
#include <utility>

namespace ganface::nn {

/// Runs a callable and returns its result; what LibTorch and the allocator throw inside comes out
/// as ganface::Error. `doing` completes the sentence "… failed".
template <typename Callable>
decltype(auto) translated(const std::string& doing, Callable&& callable) {
  try {
    return std::forward<Callable>(callable)();
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& cause) {
    const std::string message = cause.what_without_backtrace();
    // Of the processor's memory and of a GPU's.
    const bool memory = message.find("not enough memory") != std::string::npos ||
                        message.find("can't allocate memory") != std::string::npos ||
                        message.find("out of memory") != std::string::npos;
    const bool device = message.find("CUDA") != std::string::npos;
    throw Error(memory   ? ErrorCode::kMemory
                : device ? ErrorCode::kDevice
                         : ErrorCode::kInternal,
                doing + " failed: " + message);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kMemory,
                doing + " failed: out of memory; use a smaller batch or free memory");
  } catch (const std::exception& cause) {
    throw Error(ErrorCode::kInternal, doing + " failed: " + cause.what());
  }
}

}  // namespace ganface::nn
