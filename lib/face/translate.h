// SPDX-License-Identifier: MIT
// Owns the translation of OpenCV's exceptions into ganface::Error at the public edge.
#pragma once

#include <ganface/error.h>

#include <opencv2/core.hpp>
#include <string>
#include <utility>

namespace ganface::face {

/// Runs a callable and returns its result; what OpenCV throws inside comes out as ganface::Error.
/// `doing` completes the sentence "… failed".
template <typename Callable>
decltype(auto) translated(const char* doing, Callable&& callable) {
  try {
    return std::forward<Callable>(callable)();
  } catch (const cv::Exception& cause) {
    throw Error(ErrorCode::kInternal, std::string(doing) + " failed: " + cause.what());
  }
}

}  // namespace ganface::face
