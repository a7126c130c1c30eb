// SPDX-License-Identifier: MIT
// Owns what `ganface repair` makes of IN and OUT: one file, numbered files or a folder.
#include "repair_job.h"

#include <ganface/error.h>

#include <filesystem>
#include <optional>

#include "frame_log.h"
#include "media/conversion.h"
#include "media/process_limits.h"
#include "numbered_files.h"
#include "picture_colours.h"
#include "process_end.h"
#include "repair_display.h"
#include "repair_folder.h"
#include "report_file.h"
#include "unfinished_file.h"
#include "untouched_file.h"

namespace ganface::cli {
namespace {

namespace fs = std::filesystem;

media::ConversionRequest request_of(const RepairJob& job, const std::string& out) {
  media::ConversionRequest request;
  request.names = {job.in, out};
  request.options = job.options;
  request.preview = job.preview;
  request.format = &media::format_of(out);
  if (is_numbered_input(job.in)) {
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

// The file that holds a frame of the input.
std::string file_of(const media::ConversionRequest& request, uint64_t frame) {
  return request.frames ? request.frames->file(static_cast<int>(frame)) : request.names.input;
}

FrameLog log_of(const media::ConversionRequest& request, ReportFile* report) {
  return FrameLog([&request](uint64_t frame) { return file_of(request, frame); },
                  report == nullptr ? FrameLog::Write()
                                    : [report](const std::string& line) { report->add(line); });
}

void keep_colours_of(const std::string& input, const fs::path& written, RepairDisplay& display) {
  const std::string note = keep_colours(input, written);
  if (!note.empty()) display.note(note);
}

void note_losses(const media::ConvertedFile& end, RepairDisplay& display) {
  for (const std::string& loss : end.losses) display.note(loss);
}

// Gives the result its name, and the report; neither when the report cannot be written.
template <typename Unfinished>
void finish(Unfinished& unfinished, ReportFile* report) {
  if (report != nullptr) report->close();
  unfinished.commit();
  if (report != nullptr) report->commit();
}

RepairTotals repair_to_file(const RepairJob& job, media::ConversionRequest& request,
                            RepairDisplay& display, ReportFile* report) {
  FrameLog log = log_of(request, report);
  UnfinishedFile unfinished(request.names.output);
  request.write_to = unfinished.path().string();
  ShownConversion shown(display, log);
  const media::ConvertedFile end = media::convert(request, shown);
  leave_if_interrupted();
  RepairTotals totals{end.frames, end.faces, 1, 0, request.names.output};
  // More than one numbered file make a film, of which no file is a copy.
  const bool is_one_file = !request.frames || end.frames == 1;
  totals.copied =
      is_one_file && hands_on(job) && is_untouched(log, end) &&
      copy_untouched(file_of(request, 0), *request.format, unfinished.path(), request.names.output);
  if (totals.copied == 0 && is_one_file)
    keep_colours_of(file_of(request, 0), unfinished.path(), display);
  if (totals.copied == 0) note_losses(end, display);
  finish(unfinished, report);
  return totals;
}

RepairTotals repair_to_numbered(const RepairJob& job, media::ConversionRequest& request,
                                RepairDisplay& display, ReportFile* report) {
  const fs::path pattern(request.names.output);
  if (!request.format->image)
    throw Error(ErrorCode::kUsage,
                "'" + pattern.string() + "': a name with %d is for images, one a frame");
  UnfinishedFolder unfinished(pattern.has_parent_path() ? pattern.parent_path() : fs::path("."));
  FrameLog log = log_of(request, report);
  request.numbered = true;
  request.write_to = (unfinished.path() / pattern.filename()).string();
  ShownConversion shown(display, log);
  const media::ConvertedFile end = media::convert(request, shown);
  leave_if_interrupted();
  RepairTotals totals{end.frames, end.faces, end.frames, 0, pattern.string()};
  const media::FrameFiles written{request.write_to, request.first_number, 0, ""};
  const media::FrameFiles named{pattern.string(), request.first_number, 0, ""};
  const bool each_is_a_frame = request.frames && log.frames() == end.frames;
  for (int n = 0; each_is_a_frame && n < request.frames->count; ++n) {
    const std::string input = request.frames->file(n);
    const bool copied = hands_on(job) && !log.is_changed(static_cast<uint64_t>(n)) &&
                        copy_untouched(input, *request.format, written.file(n), named.file(n));
    if (!copied) keep_colours_of(input, written.file(n), display);
    totals.copied += copied;
  }
  if (totals.copied < end.frames) note_losses(end, display);
  finish(unfinished, report);
  return totals;
}

// A report would take the place of a picture or a film.
void refuse_media_as_report(const RepairJob& job) {
  if (job.report.empty()) return;
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::kUsage, "--report '" + job.report + "' " + what +
                                       "; expected a file of its own, as " +
                                       fs::path(job.report).stem().string() + ".jsonl");
  };
  std::error_code error;
  for (const std::string& other : {job.in, job.out})
    if (fs::equivalent(job.report, other, error) ||
        fs::path(job.report).lexically_normal() == fs::path(other).lexically_normal())
      refuse("is IN or OUT itself");
  if (media::has_known_format(job.report)) refuse("has the name of a picture or a film");
}

}  // namespace

RepairTotals repair(const RepairJob& job) {
  RepairDisplay display(job.quiet);
  refuse_media_as_report(job);
  std::optional<ReportFile> written;
  if (!job.report.empty()) written.emplace(job.report);
  ReportFile* report = written ? &*written : nullptr;
  std::error_code error;
  if (fs::is_directory(job.in, error)) return repair_folder(job, display, report);
  static_cast<void>(media::conversions_at_a_time(1, job.in));
  std::string out = job.out;
  // As cp does.
  const bool gets_own_name = !is_numbered_input(job.in) && fs::is_directory(out, error);
  if (gets_own_name) out = (fs::path(out) / fs::path(job.in).filename()).string();
  media::ConversionRequest request = request_of(job, out);
  return !gets_own_name && is_numbered(out) ? repair_to_numbered(job, request, display, report)
                                            : repair_to_file(job, request, display, report);
}

}  // namespace ganface::cli
