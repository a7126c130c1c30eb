// SPDX-License-Identifier: MIT
// Owns the reading of image files of any type that GStreamer decodes.
#pragma once

#include <ganface/image.h>

#include <string>

namespace ganface::gst {

/// The image of a file, or the first frame of a video, as RGB. Throws Error(kInput) naming the file
/// when it is missing or cannot be decoded.
Image decode_image(const std::string& location);

}  // namespace ganface::gst
