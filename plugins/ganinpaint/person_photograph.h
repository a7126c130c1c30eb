// SPDX-License-Identifier: MIT
// Owns the photograph of the person whom a stream shows.
#pragma once

#include <ganface/image.h>

#include <string>

namespace ganface::gst {

/// The canonical crop of the largest face of a photograph, a JPEG or PNG file, at its own
/// resolution of 128 to 512 pixels. Throws Error(kInput) when the file cannot be read or shows no
/// face, Error(kModel) without the model that finds it.
Image person_of_photograph(const std::string& file);

}  // namespace ganface::gst
