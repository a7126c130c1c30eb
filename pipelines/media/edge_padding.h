// SPDX-License-Identifier: MIT
// Owns the samples beyond a picture's right and lower edge.
#pragma once

#include <gst/gst.h>

namespace ganface::media {

/// Gives `encoder`, jpegenc, pictures whose rows and columns go on as far as its blocks do, with
/// the sample at the edge. It encodes what lies there in memory: bytes that nobody has written, or
/// the beginning of the next row, and both show in the last columns of the picture.
void repeat_edges_for(GstElement* encoder);

}  // namespace ganface::media
