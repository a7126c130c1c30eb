// SPDX-License-Identifier: MIT
// Owns what `ganface repair` makes of IN and OUT: one file, numbered files or a folder.
#include "repair_job.h"

#include <ganface/error.h>

#include <filesystem>

#include "media/conversion.h"
#include "numbered_files.h"
#include "repair_display.h"
#include "repair_folder.h"
#include "unfinished_file.h"

namespace ganface::cli {
namespace {

namespace fs = std::filesystem;

media::ConversionRequest request_of(const RepairJob& job, const std::string& out) {
  media::ConversionRequest request;
  request.names = {job.in, out};
  request.options = job.options;
  request.preview = job.preview;
  request.format = &media::format_of(out);
  if (is_numbered(job.in)) {
    const FileNumbers numbers = existing_numbers(job.in);
    request.frames = media::FrameFiles{job.in, numbers.first, numbers.count, job.framerate};
    request.first_number = numbers.first;
  } else {
    std::error_code error;
    const bool exists = fs::exists(job.in, error);
    if (error)
      throw Error(ErrorCode::kInput, "'" + job.in + "' cannot be read: " + error.message());
    if (!exists) throw Error(ErrorCode::kInput, "'" + job.in + "' does not exist");
  }
  return request;
}

RepairTotals repair_to_file(media::ConversionRequest& request, RepairDisplay& display) {
  UnfinishedFile unfinished(request.names.output);
  request.write_to = unfinished.path().string();
  ShownConversion shown(display);
  const media::ConversionState end = media::convert(request, shown);
  leave_if_interrupted();
  unfinished.commit();
  return {end.frames, end.faces, request.names.output};
}

RepairTotals repair_to_numbered(media::ConversionRequest& request, RepairDisplay& display) {
  const fs::path pattern(request.names.output);
  if (!request.format->image)
    throw Error(ErrorCode::kUsage,
                "'" + pattern.string() + "': a name with %d is for images, one a frame");
  UnfinishedFolder unfinished(pattern.has_parent_path() ? pattern.parent_path() : fs::path("."));
  request.numbered = true;
  request.write_to = (unfinished.path() / pattern.filename()).string();
  ShownConversion shown(display);
  const media::ConversionState end = media::convert(request, shown);
  leave_if_interrupted();
  unfinished.commit();
  return {end.frames, end.faces, pattern.string()};
}

}  // namespace

RepairTotals repair(const RepairJob& job) {
  RepairDisplay display(job.quiet);
  std::error_code error;
  if (fs::is_directory(job.in, error)) return repair_folder(job, display);
  std::string out = job.out;
  // As cp does.
  if (!is_numbered(job.in) && fs::is_directory(out, error))
    out = (fs::path(out) / fs::path(job.in).filename()).string();
  media::ConversionRequest request = request_of(job, out);
  return is_numbered(out) ? repair_to_numbered(request, display) : repair_to_file(request, display);
}

}  // namespace ganface::cli
