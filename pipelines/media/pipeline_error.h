// SPDX-License-Identifier: MIT
// Owns the way from what a pipeline posts to errors that name a file and a remedy.
#pragma once

#include <ganface/error.h>
#include <gst/gst.h>

#include <string>

namespace ganface::media {

/// The files that a pipeline works on, as the user named them.
struct FileNames {
  std::string input, output;
};

/// The error for a message of type ERROR. Elements of the repair say of which kind theirs is
/// (plugins/common/element_error.h); reading and decoding gives kInput, encoding and writing
/// kOutput, a missing decoder kUnsupported. `missing` describes a plugin that was missed before;
/// may be empty.
Error error_of(GstMessage* message, const FileNames& files, const std::string& missing);

/// What the message of type WARNING says, with the file that it is about.
std::string warning_of(GstMessage* message, const FileNames& files);

}  // namespace ganface::media
