// SPDX-License-Identifier: MIT
// Owns the way from what a pipeline posts to errors that name a file and a remedy.
#include "media/pipeline_error.h"

#include <filesystem>

#include "media/elements.h"
#include "media/owned.h"

namespace ganface::media {
namespace {

struct Posted {
  Owned<GError> error;
  std::string debug;
};

Posted posted(GstMessage* message) {
  GError* error = nullptr;
  gchar* debug = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
    gst_message_parse_error(message, &error, &debug);
  else
    gst_message_parse_warning(message, &error, &debug);
  return {Owned<GError>(error), take_text(debug)};
}

// The way back from plugins/common/element_error.cpp.
ErrorCode code_of_repair(const GError& error) {
  if (error.domain == GST_LIBRARY_ERROR && error.code == GST_LIBRARY_ERROR_SETTINGS)
    return ErrorCode::kUsage;
  if (error.domain == GST_STREAM_ERROR && error.code == GST_STREAM_ERROR_WRONG_TYPE)
    return ErrorCode::kInput;
  if (error.domain == GST_RESOURCE_ERROR) {
    if (error.code == GST_RESOURCE_ERROR_WRITE) return ErrorCode::kOutput;
    if (error.code == GST_RESOURCE_ERROR_NOT_FOUND) return ErrorCode::kModel;
    if (error.code == GST_RESOURCE_ERROR_OPEN_READ_WRITE) return ErrorCode::kDevice;
    if (error.code == GST_RESOURCE_ERROR_NO_SPACE_LEFT) return ErrorCode::kMemory;
  }
  return ErrorCode::kInternal;
}

bool is_missing_plugin(const GError& error) {
  return (error.domain == GST_STREAM_ERROR && error.code == GST_STREAM_ERROR_CODEC_NOT_FOUND) ||
         (error.domain == GST_CORE_ERROR && error.code == GST_CORE_ERROR_MISSING_PLUGIN);
}

bool is_of_unknown_type(const GstMessage* message, const GError& error) {
  if (error.domain != GST_STREAM_ERROR) return false;
  // Demuxers and decoders call damaged files of the wrong type too; parsebin means plain text.
  const std::string name = GST_OBJECT_NAME(GST_MESSAGE_SRC(message));
  return error.code == GST_STREAM_ERROR_TYPE_NOT_FOUND ||
         (error.code == GST_STREAM_ERROR_WRONG_TYPE && name.rfind("parsebin", 0) == 0);
}

// "a/b.c(123): f (): /GstPipeline:…:\nwhat happened" gives what happened.
std::string last_line(const std::string& debug) {
  const size_t end = debug.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const size_t line = debug.rfind('\n', end);
  return line == std::string::npos ? "" : debug.substr(line + 1, end - line);
}

std::string sentence(const Posted& posted) {
  std::string text = posted.error->message;
  while (!text.empty() && text.back() == '.') text.pop_back();
  const std::string detail = last_line(posted.debug);
  return detail.empty() ? text : text + " (" + detail + ")";
}

Error input_error(GstMessage* message, const Posted& posted, const FileNames& files,
                  const std::string& missing) {
  const GError& error = *posted.error;
  const std::string file = "'" + files.input + "'";
  if (is_missing_plugin(error))
    return Error(ErrorCode::kUnsupported,
                 file + " needs a GStreamer plugin that is not installed" +
                     (missing.empty() ? "" : ": " + missing) +
                     "; install the package gstreamer1.0-libav, or gstreamer1.0-plugins-good, "
                     "-bad or -ugly");
  if (is_of_unknown_type(message, error))
    return Error(ErrorCode::kInput, file + " is not an image or a video");
  // What the system refuses is no fault of the file.
  if (error.domain == GST_RESOURCE_ERROR && error.code == GST_RESOURCE_ERROR_OPEN_READ)
    return Error(ErrorCode::kInput, file + " cannot be opened: " + sentence(posted));
  return Error(ErrorCode::kInput,
               file + " cannot be read, it may be damaged or cut short: " + sentence(posted));
}

}  // namespace

Error error_of(GstMessage* message, const FileNames& files, const std::string& missing) {
  const Posted posted = media::posted(message);
  const bool negotiation = posted.debug.find("not-negotiated") != std::string::npos;
  const std::string names = "'" + files.input + "' to '" + files.output + "'";
  switch (part_of(GST_MESSAGE_SRC(message))) {
    case Part::kInput:
      // A source reports that elements behind it do not agree; the file is not to blame.
      if (negotiation)
        return Error(ErrorCode::kInternal,
                     names + ": elements found no common format (" + last_line(posted.debug) + ")");
      return input_error(message, posted, files, missing);
    case Part::kRepair:
      return Error(code_of_repair(*posted.error), posted.error->message);
    case Part::kOutput:
      return Error(ErrorCode::kOutput,
                   "'" + files.output + "' cannot be written: " + sentence(posted));
    case Part::kOther:
      break;
  }
  return Error(ErrorCode::kInternal,
               names + ": " + GST_OBJECT_NAME(GST_MESSAGE_SRC(message)) + ": " + sentence(posted));
}

std::string warning_of(GstMessage* message, const FileNames& files) {
  const bool output = part_of(GST_MESSAGE_SRC(message)) == Part::kOutput;
  return "'" + (output ? files.output : files.input) + "': " + sentence(posted(message));
}

}  // namespace ganface::media
