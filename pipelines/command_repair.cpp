// SPDX-License-Identifier: MIT
// Owns `ganface repair`.
#include <ganface/error.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "commands.h"
#include "interruption.h"
#include "media/element_options.h"
#include "media/elements.h"
#include "media/watched_work.h"
#include "process_end.h"
#include "repair_job.h"

namespace ganface::cli {
namespace {

struct Options {
  RepairJob job;
  std::unique_ptr<media::ElementOptions> elements;
  std::optional<Error> unavailable;  // why there are no elements
};

void leave_process(const char* why, ErrorCode code) { leave(why, exit_code(code)); }

// The elements' options are known only when GStreamer runs, which other subcommands do without.
void add_element_options(CLI::App& command, Options& options) {
  try {
    media::start_gstreamer(leave_process);
    options.elements = std::make_unique<media::ElementOptions>();
    options.elements->add_to(command);
  } catch (const Error& error) {
    // Help still works, and an option of the elements is not called unknown.
    options.unavailable = error;
    command.allow_extras();
  }
}

// "wrote OUT: 3 frames, 4 faces found, 0 repaired, 2 left alone; copied unchanged".
std::string summary(const RepairTotals& totals) {
  const media::FaceCounts& faces = totals.faces;
  std::string text = "wrote " + totals.out + ": " + std::to_string(totals.frames) + " frames, " +
                     std::to_string(faces.found) + " faces found, " +
                     std::to_string(faces.repaired) + " repaired, " +
                     std::to_string(faces.left_alone) + " left alone";
  if (faces.late > 0) text += ", " + std::to_string(faces.late) + " late";
  if (totals.copied == 0) return text;
  if (totals.files == 1) return text + "; copied unchanged";
  return text + "; " + std::to_string(totals.copied) + " of " + std::to_string(totals.files) +
         " files copied unchanged";
}

void run(Options& options) {
  if (options.unavailable) throw *options.unavailable;
  catch_interruption();
  // Longer than the command takes where it looks by itself.
  act_when_interrupted(std::chrono::seconds(1), leave_if_interrupted);
  media::watch_work(leave_process);
  options.job.options = options.elements.get();
  const RepairTotals totals = repair(options.job);
  try {
    std::printf("%s\n", summary(totals).c_str());
  } catch (const std::bad_alloc&) {
    std::puts("done; there is no memory left to say more");  // OUT is complete
  }
}

}  // namespace

void add_repair(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("repair", "Repair the faces of an image, a folder of images or a video");
  auto options = std::make_shared<Options>();
  RepairJob& job = options->job;
  command
      ->add_option("IN", job.in,
                   "Image, folder of images, video, or numbered images like frame-%04d.png")
      ->required();
  command
      ->add_option("OUT", job.out,
                   "What to write, in the format of its extension; a folder for a folder")
      ->required();
  command->add_option("--framerate", job.framerate, "Frames a second of numbered images")
      ->capture_default_str();
  command->add_option("--jobs", job.jobs, "Images of a folder at a time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      ->add_option("--report", job.report,
                   "Write what became of each frame's faces to this file, a line of JSON a frame")
      ->type_name("FILE.jsonl");
  command->add_flag("--preview", job.preview, "Write input and result side by side");
  command->add_flag("--quiet", job.quiet, "Show neither progress nor notes");
  command->preparse_callback(
      [command, &options = *options](size_t) { add_element_options(*command, options); });
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
